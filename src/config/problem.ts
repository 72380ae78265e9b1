/** @module What is wrong with a configuration: every problem at once, one line each. */

/** Nothing was started. Each problem is one line for a person: where, which key, what is wrong, what would be right. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** A value as it may be shown in a message: short, on one line, and nothing that looks like a secret. */
export function showValue(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  if (hasSecretLook(text)) return "a value that looks like a secret";
  const line = text.replaceAll(/\p{Cc}/gu, "�");
  return typeof value === "string" ? `"${cut(line)}"` : cut(line);
}

function hasSecretLook(text: string): boolean {
  if (/:\/\/[^/?#\s]*@/.test(text) || /\b(bearer|basic)\s+\S{8}/i.test(text)) return true;
  if (/\b(sk-|pk-|gsk_|hf_|xai-|nvapi-|AIza|AKIA|ASIA|gh[opsu]_|github_pat_|eyJ)[\w\-.=+/]{8}/.test(text)) return true;
  // Long mixed text without separators of names, paths or lists is more likely a key than a mistake worth showing.
  return /(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9_+=-]{32,}/.test(text);
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
