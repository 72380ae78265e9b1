/** @module A body's text made ready to read: JSON indented, JSON and event streams told apart, parts named. Pure. */

export type TextForm = "json" | "sse" | "text";

export type Piece = { readonly kind: "key" | "string" | "number" | "word" | "mark" | "plain"; readonly text: string };

/** What a body is by its type, or by its look when the type says nothing. */
export function findTextForm(contentType: string | null, text: string): TextForm {
  const type = contentType?.toLowerCase() ?? "";
  if (type.includes("event-stream")) return "sse";
  const head = text.trimStart().slice(0, 1);
  if (type.includes("json") || head === "{" || head === "[") return "json";
  return /^(event|data|id|retry):/.test(text) ? "sse" : "text";
}

/** Indented JSON, or undefined when the text is none (cut bodies, streams). Lines of JSON are each indented. */
export function toPrettyJson(text: string): string | undefined {
  const whole = tryPretty(text);
  if (whole !== undefined) return whole;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2 || lines.length > 5000) return undefined;
  const pretty = lines.map(tryPretty);
  return pretty.every((line) => line !== undefined) ? pretty.join("\n") : undefined;
}

/** Numbers beyond 2^53 would change their digits by parsing, so such texts stay as they are. */
function tryPretty(text: string): string | undefined {
  if (/[:[,]\s*-?\d{16,}/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

const JSON_TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\b(?:true|false|null)\b/g;
const SSE_FIELD = /^(?:event|data|id|retry):|^:.*/gm;

/** Cuts a text into named pieces; joined they are the text again. */
export function toPieces(text: string, form: TextForm): readonly Piece[] {
  if (form === "text") return [{ kind: "plain", text }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(form === "json" ? JSON_TOKEN : SSE_FIELD)) {
    if (match.index > end) pieces.push({ kind: "plain", text: text.slice(end, match.index) });
    pieces.push({ kind: form === "sse" ? "mark" : toKind(match[0], match[1] !== undefined), text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: "plain", text: text.slice(end) });
  return pieces;
}

function toKind(token: string, isKey: boolean): Piece["kind"] {
  if (isKey) return "key";
  if (token.startsWith('"')) return "string";
  return /^[tfn]/.test(token) ? "word" : "number";
}
