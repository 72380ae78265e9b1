/** @module Schema version 1: exchanges, their captures, the 15-minute sums, and the view of the old table. */

import type { Migration } from "../migration.ts";

/** Frozen with the release: later bounds need a migration of their own. */
const LATENCY_CLASSES = [
  25, 50, 100, 200, 400, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000,
  90_000, 120_000, 180_000, 300_000, 600_000,
].map((bound) => `upto_${bound}ms`);

export const initial: Migration = {
  version: 1,
  name: "initial",
  up(db) {
    for (const statement of [META, EXCHANGE, EXCHANGE_LIST, CAPTURE, CAPTURE_AGE, ROLLUP, REQUESTS]) db.run(statement);
    db.run("INSERT INTO meta (key, value) VALUES ('change_seq', '0')");
  },
};

/** `change_seq` = the last number given out; `cursor` = how far the journal is in the store. */
const META = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID`;

/**
 * Long texts stand last: SQLite reads a row from its front and leaves the rest on overflow pages alone.
 * NULL is "not known", 0 is a figure. JSON columns hold the domain's own shapes.
 */
const EXCHANGE = `
CREATE TABLE exchange (
  row_id INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  change_seq INTEGER NOT NULL UNIQUE,
  state TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  ended_by TEXT,
  surface TEXT NOT NULL,
  provider TEXT NOT NULL,
  upstream TEXT NOT NULL,
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  query TEXT,
  status_code INTEGER,
  error_code TEXT,
  error_message TEXT,
  request_model TEXT,
  response_model TEXT,
  model TEXT GENERATED ALWAYS AS (coalesce(response_model, request_model, '')) VIRTUAL,
  response_id TEXT,
  streaming INTEGER NOT NULL,
  finish_reason TEXT,
  usage_source TEXT NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_tokens INTEGER,
  cache_write_5m_tokens INTEGER,
  cache_write_1h_tokens INTEGER,
  reasoning_tokens INTEGER,
  audio_input_tokens INTEGER,
  audio_output_tokens INTEGER,
  image_input_tokens INTEGER,
  image_output_tokens INTEGER,
  web_search_requests INTEGER,
  audio_seconds REAL,
  search_units INTEGER,
  counted_tokens INTEGER,
  service_tier TEXT,
  reported_cost_nano_usd INTEGER,
  cost_nano_usd INTEGER,
  cost_confidence TEXT,
  cost_source TEXT,
  cost_price_key TEXT,
  cost_tier TEXT,
  billing TEXT NOT NULL,
  duration_ms REAL,
  ttfb_ms REAL,
  ttft_ms REAL,
  overhead_ms REAL,
  request_wire_bytes INTEGER NOT NULL,
  request_content_type TEXT,
  request_content_encoding TEXT,
  request_truncated INTEGER,
  response_wire_bytes INTEGER NOT NULL,
  response_content_type TEXT,
  response_content_encoding TEXT,
  response_truncated INTEGER,
  tool TEXT,
  capture TEXT NOT NULL,
  extra_usage TEXT,
  cost_components TEXT,
  cost_price TEXT,
  cost_notes TEXT,
  edits TEXT NOT NULL,
  attempts TEXT NOT NULL,
  warnings TEXT NOT NULL,
  request_headers TEXT NOT NULL,
  response_headers TEXT
) STRICT`;

/**
 * The list, newest first, with any filter: the walk stays in this index and touches the table for hits only.
 * One wide index instead of one per filter keeps inserts cheap.
 */
const EXCHANGE_LIST = `
CREATE INDEX exchange_list ON exchange
  (started_at_ms, row_id, provider, model, kind, state, status_code, dialect)`;

/** `body` is the wire bytes, or their zstd frame when `compression` says so; `chunks` is JSON, or its zstd frame as BLOB. */
const CAPTURE = `
CREATE TABLE capture (
  row_id INTEGER PRIMARY KEY,
  exchange_row_id INTEGER NOT NULL REFERENCES exchange (row_id) ON DELETE CASCADE,
  side TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  content_type TEXT,
  content_encoding TEXT,
  truncated INTEGER NOT NULL,
  head_bytes INTEGER,
  wire_bytes INTEGER NOT NULL,
  kept_bytes INTEGER NOT NULL,
  compression TEXT NOT NULL,
  chunks ANY,
  body BLOB NOT NULL,
  UNIQUE (exchange_row_id, side)
) STRICT`;

/** Trimming takes the oldest first without looking at the exchanges. */
const CAPTURE_AGE = `CREATE INDEX capture_age ON capture (started_at_ms)`;

/** Sums of all exchanges that ended, kept right by differences. `key` and `account` wait for managed keys. */
const ROLLUP = `
CREATE TABLE rollup (
  bucket_ms INTEGER NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL,
  status_class INTEGER NOT NULL,
  tool TEXT NOT NULL,
  key TEXT NOT NULL DEFAULT '',
  account TEXT NOT NULL DEFAULT '',
  billing TEXT NOT NULL,
  requests INTEGER NOT NULL,
  failed_requests INTEGER NOT NULL,
  aborted_requests INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  reported_costs INTEGER NOT NULL,
  exact_costs INTEGER NOT NULL,
  alias_costs INTEGER NOT NULL,
  prefix_costs INTEGER NOT NULL,
  unpriced_requests INTEGER NOT NULL,
  requests_without_usage INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  ${["duration", "ttfb"]
    .flatMap((measure) => [...LATENCY_CLASSES, "above_600000ms"].map((name) => `${measure}_${name} INTEGER NOT NULL`))
    .join(",\n  ")},
  PRIMARY KEY (bucket_ms, provider, model, dialect, kind, status_class, tool, key, account, billing)
) STRICT, WITHOUT ROWID`;

/** The table of the first prior program, for scripts that read it: generation calls that ended; unknown figures are NULL. */
const REQUESTS = `
CREATE VIEW requests AS
SELECT
  row_id AS id,
  started_at_ms / 1000.0 AS timestamp,
  provider,
  model,
  path AS endpoint,
  method,
  input_tokens,
  output_tokens,
  CASE WHEN input_tokens IS NULL AND output_tokens IS NULL THEN NULL
       ELSE coalesce(input_tokens, 0) + coalesce(output_tokens, 0) END AS total_tokens,
  cost_nano_usd / 1e9 AS cost_usd,
  duration_ms,
  streaming,
  status_code,
  coalesce(error_message, error_code) AS error
FROM exchange
WHERE kind = 'generation' AND state <> 'pending'`;
