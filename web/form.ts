/** @module Texts out of a submitted form. */

/** The field's text without space around it; empty when there is no such field. */
export function readField(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value.trim() : "";
}
