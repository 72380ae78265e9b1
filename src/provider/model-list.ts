/** @module Lists of models: what providers answer, read leniently, and one list of ours in the shape that a client reads. */

type Table = Readonly<Record<string, unknown>>;

/** One model as its provider tells of it. */
export type ListedModel = { readonly id: string; readonly facts: Table };

/** A model of our list, and who serves it. */
export type MergedModel = ListedModel & { readonly provider: string };

/** More than any provider has; what follows is left out. */
const MAX_MODELS = 10_000;

/**
 * The models of an answer; undefined when it is no list. Shapes: `{data: [{id}]}` of OpenAI and Anthropic, a bare array
 * (Together), `{models: [{name}]}` of Gemini, Cohere and Ollama. Sources: their API references, 2026-11-21.
 */
export function parseModelList(answer: unknown): readonly ListedModel[] | undefined {
  const list = Array.isArray(answer) ? answer : (toTable(answer)?.["data"] ?? toTable(answer)?.["models"]);
  if (!Array.isArray(list)) return undefined;
  return list.slice(0, MAX_MODELS).flatMap((each: unknown) => {
    const facts = toTable(each);
    const name = facts?.["id"] ?? facts?.["name"] ?? facts?.["model"];
    if (facts === undefined || typeof name !== "string" || name === "") return [];
    // Gemini's resource names; its requests take the name alone.
    return [{ id: name.replace(/^models\/(?=.)/, ""), facts }];
  });
}

/** As `GET /v1/models` of OpenAI, which has no pages; what a provider tells besides is kept. */
export function toOpenAiModels(models: readonly MergedModel[]): unknown {
  return {
    object: "list",
    data: models.map(({ id, provider, facts: { type: _type, ...facts } }) => ({
      ...facts,
      id,
      object: "model",
      // Clients want a number: the epoch stands for a day that nobody told.
      created: toEpochSeconds(facts) ?? 0,
      owned_by: typeof facts["owned_by"] === "string" ? facts["owned_by"] : provider,
    })),
  };
}

/**
 * As `GET /v1/models` of Anthropic, all on one page. The epoch as `created_at` is its own sign for an unknown day
 * (https://platform.claude.com/docs/en/api/models-list, 2026-11-21).
 */
export function toAnthropicModels(models: readonly MergedModel[]): unknown {
  return {
    data: models.map(({ id, facts }) => ({
      ...(facts["type"] === "model" ? facts : {}),
      type: "model",
      id,
      display_name: [facts["display_name"], facts["name"]].find((name) => typeof name === "string") ?? id,
      created_at: new Date((toEpochSeconds(facts) ?? 0) * 1000).toISOString().replace(".000Z", "Z"),
    })),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

function toEpochSeconds({ created, created_at: createdAt }: Table): number | undefined {
  const seconds = typeof created === "number" ? created : Date.parse(String(createdAt)) / 1000;
  return Number.isFinite(seconds) && Math.abs(seconds) < MAX_SECONDS ? Math.trunc(seconds) : undefined;
}

/** What a date can hold. */
const MAX_SECONDS = 8_640_000_000_000;

function toTable(value: unknown): Table | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
}
