/** @module Where the database is: a path, or the SQLite URL of a prior program. */

export type ParsedDatabase = { readonly path: string } | { readonly wrong: string };

/**
 * A path, `sqlite:` URL or SQLAlchemy URL of SQLite as a path, which may be relative.
 * `sqlite:///./x.db` is `./x.db`, `sqlite:////srv/x.db` is `/srv/x.db`; `wrong` continues the key's name.
 */
export function parseDatabase(text: string): ParsedDatabase {
  const value = text.trim();
  if (value === "") return { wrong: "must be a path or a sqlite: URL" };
  const scheme = /^([a-z][a-z0-9+.]+):/i.exec(value)?.[1]?.toLowerCase();
  // One letter is a Windows drive, not a scheme.
  if (scheme === undefined) return checkPath(value);
  if (scheme === "file") return { wrong: "must be a path or a sqlite: URL, not a file: URL" };
  if (!/^sqlite(?:3|\+[a-z0-9]+)?$/.test(scheme)) {
    return /^(?:postgres|mysql|mariadb|mssql|oracle)/.test(scheme)
      ? { wrong: "must be SQLite: other databases come with a later release" }
      : checkPath(value);
  }
  const rest = value.slice(scheme.length + 1).split("?")[0] ?? "";
  return checkPath(decode(rest.startsWith("//") ? afterAuthority(rest) : rest));
}

/** `///x.db` → `x.db`, `////srv/x.db` → `/srv/x.db`, `//x.db` (a common slip) → `x.db`. */
function afterAuthority(rest: string): string {
  const path = rest.slice(2);
  return path.startsWith("/") ? path.slice(1) : path;
}

function checkPath(path: string): ParsedDatabase {
  if (path === "" || path === ":memory:" || path.startsWith(":memory:")) {
    return { wrong: "must be a file: several processes share it, so memory is not enough" };
  }
  return path.includes("\u0000") ? { wrong: "must be a path without NUL" } : { path };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
