/** @module What is known of a provider as data: where it is and how it words an error. */

/** Wire family of a provider: decides the shape of our own errors and whether the usage option exists. */
export type ProviderFamily = "openai" | "anthropic" | "gemini" | "ollama" | "bedrock" | "cohere";

export type Provider = {
  readonly id: string;
  /** Names of prior programs that mean the same provider. */
  readonly aliases?: readonly string[];
  /** The part before the path a client sends, without trailing slash; absent when an account is in the host name. */
  readonly baseUrl?: string;
  /** What a person would put there, for providers without a fixed host. */
  readonly baseUrlExample?: string;
  readonly family: ProviderFamily;
  /** What stands for `/v1` of OpenAI-style root paths under the base URL, where it is something else. */
  readonly rootV1?: string;
  /** Serves other dialects on the root paths, too: as the default upstream it also gets `/v1/messages`. */
  readonly everyDialect?: boolean;
  /** Runs on the user's own machines and never costs money. */
  readonly local?: boolean;
  /** `never` where `stream_options` is known to be refused or the usage comes without asking. */
  readonly includeUsage?: "auto" | "never";
};
