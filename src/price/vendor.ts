/** @module Who makes a model, told from its name; needed when traffic goes through a host without prices of its own. */

export type Vendor = {
  /** As in the catalogue. */
  readonly provider: string;
  /** What stands before the slash in `vendor/model`, lower-case. */
  readonly namespaces: readonly string[];
  /** Holds for lower-case names of this vendor's own models. */
  readonly pattern: RegExp;
};

const VENDORS: readonly Vendor[] = [
  { provider: "anthropic", namespaces: ["anthropic"], pattern: /^claude[-.]/ },
  {
    provider: "openai",
    namespaces: ["openai"],
    // gpt-oss has open weights: each host asks its own price.
    pattern:
      /^(ft:)?(gpt-(?!oss)|chatgpt-|o[134](-|$)|codex-|text-embedding-(3|ada)|davinci|babbage|whisper-|tts-|dall-e-)/,
  },
  { provider: "gemini", namespaces: ["google", "gemini", "google-ai-studio"], pattern: /^gemini-/ },
  { provider: "xai", namespaces: ["xai", "x-ai"], pattern: /^grok-/ },
  { provider: "zai", namespaces: ["zai", "z-ai", "zai-org", "zhipu"], pattern: /^glm-/ },
  { provider: "moonshot", namespaces: ["moonshot", "moonshotai"], pattern: /^(kimi|moonshot)-/ },
  { provider: "deepseek", namespaces: ["deepseek", "deepseek-ai"], pattern: /^deepseek-/ },
  {
    provider: "mistral",
    namespaces: ["mistral", "mistralai"],
    pattern: /^(mistral|ministral|codestral|magistral|devstral|pixtral|voxtral|open-mi[sx]tral)-/,
  },
  { provider: "cohere", namespaces: ["cohere"], pattern: /^(command|c4ai|embed)-/ },
  { provider: "alibaba", namespaces: ["alibaba", "qwen"], pattern: /^(qwen|qwq|qvq)/ },
  { provider: "minimax", namespaces: ["minimax", "minimaxai"], pattern: /^minimax-/ },
  { provider: "perplexity", namespaces: ["perplexity"], pattern: /^sonar/ },
  { provider: "voyage", namespaces: ["voyage", "voyageai"], pattern: /^voyage-/ },
];

const BY_PROVIDER = new Map(VENDORS.map((vendor) => [vendor.provider, vendor]));
const BY_NAMESPACE = new Map(VENDORS.flatMap((vendor) => vendor.namespaces.map((name) => [name, vendor] as const)));

/** The vendor that is a provider itself, such as `openai`; undefined for hosts of other people's models. */
export function findVendor(provider: string): Vendor | undefined {
  return BY_PROVIDER.get(provider);
}

/** The maker of a model, by name space (`anthropic/…`) or by name (`claude-…`). */
export function findVendorOfModel(model: string): Vendor | undefined {
  const name = model.toLowerCase();
  const slash = name.indexOf("/");
  if (slash > 0) return BY_NAMESPACE.get(name.slice(0, slash));
  return VENDORS.find((vendor) => vendor.pattern.test(name));
}
