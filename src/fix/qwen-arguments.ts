/** @module Tagged parameters as the JSON arguments that the declared tool asks for. */

import type { TaggedCall } from "./qwen-tags.ts";

type Table = Readonly<Record<string, unknown>>;

/** Parameters schema of each tool that a request declares; empty when there is none. */
export type DeclaredTools = ReadonlyMap<string, Table>;

/** `tools[].function.{name,parameters}`, or flat `{type: "function", name, parameters}`. */
export function findDeclaredTools(requestBody: unknown): DeclaredTools {
  const tools = toTable(requestBody)?.["tools"];
  const declared = new Map<string, Table>();
  for (const each of Array.isArray(tools) ? tools : []) {
    const tool = toTable(each);
    const facts = toTable(tool?.["function"]) ?? (tool?.["type"] === "function" ? tool : undefined);
    const name = facts?.["name"];
    if (typeof name === "string" && name !== "" && !declared.has(name)) {
      declared.set(name, toTable(facts?.["parameters"]) ?? {});
    }
  }
  return declared;
}

/** Compact JSON with the members in the order in which they were written, or what is wrong with the call. */
export function toArguments(
  call: TaggedCall,
  tools: DeclaredTools,
): { readonly json: string } | { readonly wrong: string } {
  const schema = tools.get(call.name);
  if (schema === undefined) return { wrong: `undeclared tool ${show(call.name)}` };
  const properties = toTable(schema["properties"]);
  const members = new Map<string, string>();
  for (const [key, value] of call.parameters) {
    if (members.has(key)) return { wrong: `duplicate parameter ${show(key)}` };
    if (properties !== undefined && !Object.hasOwn(properties, key)) {
      return { wrong: `undeclared parameter ${show(key)} of ${show(call.name)}` };
    }
    const type = findType(toTable(properties?.[key])?.["type"], value);
    const json = toJson(value, type);
    if (json === undefined) return { wrong: `parameter ${show(key)} is no ${type}` };
    members.set(key, json);
  }
  const required = schema["required"];
  for (const key of Array.isArray(required) ? required : []) {
    if (typeof key === "string" && !members.has(key)) return { wrong: `missing required parameter ${show(key)}` };
  }
  // Joined by hand: an object would move members with numbers for names, and round large integers.
  return { json: `{${[...members].map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}` };
}

/** The one type of a property; of `["integer", "null"]` the one that fits the text. */
function findType(type: unknown, text: string): string {
  if (typeof type === "string") return type;
  const types = Array.isArray(type) ? type.filter((each): each is string => typeof each === "string") : [];
  if (types.includes("null") && text.trim() === "null") return "null";
  return types.find((each) => each !== "null") ?? "string";
}

/** Undefined when the text is none of that type. */
function toJson(value: string, type: string): string | undefined {
  const text = value.trim();
  switch (type) {
    case "integer":
      return INTEGER.test(text) ? toIntegerJson(text) : undefined;
    case "number": {
      if (INTEGER.test(text)) return toIntegerJson(text);
      const number = DECIMAL.test(text) ? Number(text) : Number.NaN;
      return Number.isFinite(number) ? JSON.stringify(number) : undefined;
    }
    case "boolean":
      return /^(?:true|1)$/i.test(text) ? "true" : /^(?:false|0)$/i.test(text) ? "false" : undefined;
    case "null":
      return text === "null" ? "null" : undefined;
    case "object":
    case "array":
      return toStructureJson(text, type);
    default:
      return JSON.stringify(value);
  }
}

const INTEGER = /^[-+]?\d+$/;
const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** As many digits as were written: a number of JavaScript would round them. */
function toIntegerJson(text: string): string {
  const digits = text.replace(/^[-+]/, "").replace(/^0+(?=\d)/, "");
  return text.startsWith("-") && digits !== "0" ? `-${digits}` : digits;
}

function toStructureJson(text: string, type: "object" | "array"): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isRight = type === "array" ? Array.isArray(parsed) : toTable(parsed) !== undefined;
    return isRight ? JSON.stringify(parsed) : undefined;
  } catch {
    return undefined;
  }
}

function toTable(value: unknown): Table | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
}

/** A name is the model's text: shortened, on one line. */
function show(name: string): string {
  return `"${name.slice(0, 64).replaceAll(/[^\u0020-\u007e]/g, "?")}"`;
}
