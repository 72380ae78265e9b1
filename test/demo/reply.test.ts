import { expect, test } from "bun:test";

import { createReplies } from "../../src/demo/reply.ts";
import { OPENINGS, REPERTOIRE, SCENARIOS } from "../../src/demo/scenario/scenarios.ts";
import type { Reply, Scenario } from "../../src/demo/script.ts";
import { createPriceIndexFromBuiltIn } from "./prices.ts";

const spoken = SCENARIOS.flatMap(({ id, steps }) =>
  steps.flatMap((step) =>
    step.kind === "turn" || step.kind === "aside" ? [{ id, says: step.says, reply: step.reply }] : [],
  ),
);

test("no line has two replies, and each is found by its line", () => {
  const findReply = createReplies();
  const replies = new Map<string, Reply>();
  for (const { says, reply } of spoken) {
    expect(replies.get(says) ?? reply).toEqual(reply);
    replies.set(says, reply);
    expect(findReply(says)).toEqual(reply);
  }
  expect(replies.size).toBeGreaterThan(40);
});

test("a line nobody wrote is told that this is a demo", () => {
  expect(createReplies()("What is the capital of France?").text).toContain("demo");
});

test("who asks for JSON is told it in JSON", () => {
  const schema = { type: "OBJECT", properties: { why: { type: "STRING" }, score: { type: "INTEGER" } } };
  const { text = "" } = createReplies()("How hard is this?", schema);
  expect(JSON.parse(text)).toEqual({ why: expect.stringContaining("demo"), score: 1 });
  expect(createReplies()("x", {}).text).toBe("{}");
});

test("a tool speaks exactly where the reply before called one", () => {
  for (const { id, steps } of SCENARIOS) {
    let called = false;
    for (const step of steps) {
      if (step.kind !== "turn") continue;
      expect([id, step.says, step.by]).toEqual([id, step.says, called ? "tool" : "person"]);
      called = step.reply.toolCall !== undefined;
    }
    expect(called).toBe(false);
  }
});

test("a called tool is one the client offers", () => {
  for (const { tools, steps } of SCENARIOS) {
    const called = steps.flatMap((step) => (step.kind === "turn" ? (step.reply.toolCall?.name ?? []) : []));
    expect(called.filter((name) => !tools.some((tool) => tool.name === name))).toEqual([]);
  }
});

test("the hostile names come once, at the start", () => {
  const isHostile = ({ model }: Scenario) => model.includes("<");
  expect(OPENINGS.flat().filter(isHostile)).toHaveLength(1);
  expect(REPERTOIRE.filter(isHostile)).toEqual([]);
});

test("all models but the hostile and the local one have a price", async () => {
  const hasPrice = await createPriceIndexFromBuiltIn();
  const models = SCENARIOS.flatMap(({ client, model, steps }) => [
    { client, model },
    ...steps.flatMap((step) => ("model" in step ? [{ client, model: step.model }] : [])),
  ]);
  const unpriced = models.filter(({ client, model }) => !hasPrice(client, model)).map(({ model }) => model);
  expect([...new Set(unpriced)].sort()).toEqual(["<b>x</b>", "llama3.2"]);
});
