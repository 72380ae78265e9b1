/** @module Our own log: one line per event on standard error, as text for people or JSON for machines. */

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Facts of a line: names as in metrics and docs; never bodies, header values or credentials. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type Logger = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** A net below the rule that secrets are never logged: a field of such a name shows nothing. */
const SECRET_NAME = /authorization|cookie|secret|password|credential|api[-_]?key|(?:^|[-_])token$/i;
const MAX_TEXT_LENGTH = 2000;

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
  /** Which of our processes writes. */
  readonly part: string;
  readonly write: (line: string) => void;
  readonly clock: () => number;
};

/** Lines under the level cost one comparison. */
export function createLogger(options: LoggerOptions): Logger {
  const least = SEVERITY[options.level];
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (SEVERITY[level] < least) return;
      const time = new Date(options.clock()).toISOString();
      const facts = toFacts(fields);
      options.write(
        options.format === "json"
          ? `${JSON.stringify({ time, level, part: options.part, message: shorten(message), ...Object.fromEntries(facts) })}\n`
          : `${time.slice(11, 19)} ${level.padEnd(5)} ${options.part}: ${toOneLine(shorten(message))}${toText(facts)}\n`,
      );
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

type Fact = readonly [name: string, value: string | number | boolean | null];

function toFacts(fields: LogFields): readonly Fact[] {
  return Object.entries(fields).flatMap(([name, value]): Fact[] => {
    if (value === undefined) return [];
    return [[name, SECRET_NAME.test(name) ? "[masked]" : typeof value === "string" ? shorten(value) : value]];
  });
}

function toText(facts: readonly Fact[]): string {
  return facts
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? toOneLine(JSON.stringify(value)) : String(value)}`)
    .join("");
}

/** Text may come from outside: it cannot begin a line of its own, nor move or colour the terminal. */
function toOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
}

function shorten(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}
