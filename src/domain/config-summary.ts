/** @module What modeltap runs with, as people see it. No secrets: only the names of variables that hold them. */

export type ConfigSummary = {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly tls: boolean;
  readonly requireKey: boolean;
  readonly trustProxyHeaders: boolean;
  readonly hasAdminKey: boolean;
  readonly hasPassword: boolean;
  readonly firstByteTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxRetries: number;
  /** Null where prices are not fetched. */
  readonly priceRefreshMs: number | null;
  readonly costBackfillMs: number;
  /** The file of providers, or null where they stand in a variable or there is none. */
  readonly providersFile: string | null;
  readonly hasProvidersJson: boolean;
  readonly settings: readonly { readonly key: string; readonly value: string; readonly source: string }[];
};
