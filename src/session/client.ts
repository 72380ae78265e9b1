/** @module Which instance of a tool sent a request: named by the caller, by the configuration, or told from what stays the same. */

import { parseRecord, toRecord } from "./json.ts";
import { type Evidence, toId, toName } from "./request.ts";

export type FoundClient = { readonly client: string; readonly evidence: string };

export type ClientOptions = {
  /** From `X-Modeltap-Client`. */
  readonly override?: string | undefined;
  /** `CLIENT_NAME_MAPPING`, by hash of the credential. */
  readonly names?: ReadonlyMap<string, string> | undefined;
};

/** Ids that programs made once for their installation, each the whole value of its field. */
const INSTALLATION_FIELDS = [
  "x-codex-installation-id",
  "x-gemini-api-privileged-user-id",
  "x-opencode-project",
] as const;

/** All fields that an instance may be told by, beside the credential's. */
export const CLIENT_FIELDS: readonly string[] = ["x-agent-name", "x-codex-turn-metadata", ...INSTALLATION_FIELDS];

const SHORT_CHARS = 8;

/** `<tool>-<instance>`; undefined when nothing tells instances apart. A credential is never part of it, only its keyed hash. */
export function findClient(evidence: Evidence, tool: string, options: ClientOptions = {}): FoundClient | undefined {
  if (options.override !== undefined) return { client: options.override, evidence: "header x-modeltap-client" };
  const found =
    findAgentName(evidence) ?? findMappedName(evidence, options) ?? findInstallation(evidence) ?? findKey(evidence);
  if (found === undefined) return undefined;
  // `openclaw-jongi`, also when the agent calls itself that already.
  const client = found.name.toLowerCase().startsWith(`${tool}-`) ? found.name : `${tool}-${found.name}`;
  return { client, evidence: found.evidence };
}

type Named = { readonly name: string; readonly evidence: string };

function findAgentName(evidence: Evidence): Named | undefined {
  const name = toName(evidence.header("x-agent-name"));
  return name === undefined ? undefined : { name, evidence: "header x-agent-name" };
}

function findMappedName({ credentialHash }: Evidence, { names }: ClientOptions): Named | undefined {
  const name = credentialHash === undefined ? undefined : names?.get(credentialHash);
  return name === undefined ? undefined : { name, evidence: "client_names" };
}

/** An id that a program made once for its installation. Sources: requests of Claude Code, Codex and Gemini CLI recorded 2026-11-21. */
function findInstallation(evidence: Evidence): Named | undefined {
  const { body } = evidence;
  const device = parseRecord(toId(toRecord(body?.["metadata"])?.["user_id"]))?.["device_id"];
  const turn = parseRecord(evidence.header("x-codex-turn-metadata"))?.["installation_id"];
  const metadata = toRecord(body?.["client_metadata"])?.["x-codex-installation-id"];
  const candidates: readonly (readonly [string, unknown])[] = [
    ["body metadata.user_id device_id", device],
    ["header x-codex-turn-metadata installation_id", turn],
    ["body client_metadata.x-codex-installation-id", metadata],
    ...INSTALLATION_FIELDS.map((field) => [`header ${field}`, evidence.header(field)] as const),
  ];
  for (const [place, value] of candidates) {
    const id = toId(value);
    if (id !== undefined) return { name: id.slice(0, SHORT_CHARS), evidence: place };
  }
  return undefined;
}

/** Account tokens are renewed every few hours: they tell no instance. */
function findKey({ credentialHash, billing }: Evidence): Named | undefined {
  if (credentialHash === undefined || billing === "subscription") return undefined;
  return { name: credentialHash.slice(0, SHORT_CHARS), evidence: "credential" };
}
