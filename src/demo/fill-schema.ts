/** @module The smallest value that fits a JSON schema, so that whoever asks the demo for JSON gets some. */

import { type JsonRecord, toList, toRecord, toText } from "./json.ts";

/** Deeper levels are null: a schema may refer to itself. */
const MAX_DEPTH = 12;

/** Every text in it is `text`, as far as the schema leaves the choice. Types may be in capitals, as Gemini writes them. */
export function fillSchema(schema: JsonRecord, text: string): unknown {
  return fill(schema, { root: schema, text }, 0);
}

type Place = { readonly root: JsonRecord; readonly text: string };

function fill(given: unknown, place: Place, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  const schema = toRecord(given);
  const reference = toText(schema["$ref"]);
  if (reference !== undefined) return fill(resolve(place.root, reference), place, depth + 1);
  if ("const" in schema) return schema["const"];
  const [choice] = toList(schema["enum"]);
  if (choice !== undefined) return choice;
  const [first] = [...toList(schema["anyOf"]), ...toList(schema["oneOf"]), ...toList(schema["allOf"])];
  if (first !== undefined) return fill(first, place, depth + 1);
  switch (typeOf(schema)) {
    case "string":
      return fitText(place.text, schema);
    case "integer":
    case "number":
      return fitNumber(schema);
    case "boolean":
      return false;
    case "null":
      return null;
    case "array":
      return Array.from({ length: countOf(schema["minItems"]) }, () => fill(schema["items"], place, depth + 1));
    default:
      return Object.fromEntries(
        Object.entries(toRecord(schema["properties"])).map(([name, each]) => [name, fill(each, place, depth + 1)]),
      );
  }
}

function typeOf(schema: JsonRecord): string | undefined {
  const type = schema["type"];
  return (toText(type) ?? toText(toList(type)[0]))?.toLowerCase();
}

/** `#/$defs/Name`, within the schema itself. */
function resolve(root: JsonRecord, reference: string): unknown {
  return reference
    .split("/")
    .slice(1)
    .reduce<unknown>((value, name) => toRecord(value)[name], root);
}

function fitText(text: string, schema: JsonRecord): string {
  const most = schema["maxLength"];
  return typeof most === "number" ? text.slice(0, most) : text;
}

function fitNumber(schema: JsonRecord): number {
  const least = schema["minimum"];
  const most = schema["maximum"];
  if (typeof least === "number") return least;
  return typeof most === "number" ? Math.min(1, most) : 1;
}

/** More than a few would say no more. */
function countOf(least: unknown): number {
  return typeof least === "number" ? Math.min(Math.max(0, Math.trunc(least)), 20) : 0;
}
