/** @module A coding agent finds out why a test fails, mends the code and adds a test. */

import type { ClientId, Scenario, Step, ToolCall } from "../script.ts";
import { AGENT_TOOLS, SHELL_TOOLS } from "./agent-tools.ts";
import { toFileTree, toSourceFile, toTestLog } from "./material.ts";

type Fault = {
  readonly id: string;
  readonly client: ClientId;
  readonly model: string;
  readonly project: string;
  readonly file: string;
  readonly test: string;
  readonly wrong: string;
  readonly right: string;
  readonly failure: string;
  readonly why: string;
};

const FAULTS: readonly Fault[] = [
  {
    id: "fix-rounding",
    client: "claude-code",
    model: "claude-sonnet-4-5",
    project: "corner-shop",
    file: "src/billing/invoice.ts",
    test: "rounds each line before adding them up",
    wrong: "  return round(lines.reduce((sum, line) => sum + line.cents * line.rate, 0));",
    right: "  return lines.reduce((sum, line) => sum + round(line.cents * line.rate), 0);",
    failure: "error: expect(received).toBe(expected)\n\nExpected: 1999\nReceived: 1998",
    why: "The sum was rounded once at the end, while an invoice shows every line rounded, so the two could differ by a cent.",
  },
  {
    id: "fix-time-zone",
    client: "claude-code-subscription",
    model: "claude-opus-4-5",
    project: "bike-rental",
    file: "src/orders/calendar.ts",
    test: "ends a rental on the day it was returned in the shop's zone",
    wrong: "  return new Date(returnedAtMs).toISOString().slice(0, 10);",
    right: "  return dayFormat(shop.timeZone).format(returnedAtMs);",
    failure: 'error: expect(received).toBe(expected)\n\nExpected: "2026-03-29"\nReceived: "2026-03-28"',
    why: "The day was read in UTC. A bike brought back after midnight in Lisbon was still yesterday's.",
  },
  {
    id: "fix-retry",
    client: "codex",
    model: "gpt-5.1-codex",
    project: "mail-room",
    file: "src/mail/sender.ts",
    test: "gives a letter up after five tries",
    wrong: "  if (tries > MOST_TRIES) return giveUp(letter);",
    right: "  if (tries >= MOST_TRIES) return giveUp(letter);",
    failure: "error: expect(received).toHaveLength(expected)\n\nExpected length: 5\nReceived length: 6",
    why: "The count was compared before it was raised, so every letter was tried once more than the limit says.",
  },
  {
    id: "fix-paging",
    client: "opencode",
    model: "claude-haiku-4-5",
    project: "seed-library",
    file: "src/search/pages.ts",
    test: "has an empty last page only when there is nothing at all",
    wrong: "  return Math.floor(count / PAGE_SIZE) + 1;",
    right: "  return Math.max(1, Math.ceil(count / PAGE_SIZE));",
    failure: "error: expect(received).toBe(expected)\n\nExpected: 2\nReceived: 3",
    why: "With a count that is a multiple of the page size, one page too many was promised.",
  },
];

export const FIX_TEST: readonly Scenario[] = FAULTS.map((fault) => ({
  id: fault.id,
  client: fault.client,
  model: fault.model,
  streaming: true,
  system: `You are a coding agent in a person's terminal. Work in small steps: look before you change, run the tests after you changed, and say in two or three sentences what you did. Touch only what the task needs. Follow the style of the files you find, and never commit unless asked.\n\nWorking directory: /home/demo/${fault.project}\nPlatform: linux\nRuntime: bun\n\nFiles of the project:\n${toFileTree(fault.project)}`,
  tools: fault.client === "codex" ? SHELL_TOOLS : AGENT_TOOLS,
  steps: toSteps(fault),
}));

function toSteps(fault: Fault): readonly Step[] {
  const { file, test } = fault;
  const testFile = file.replace("src/", "test/").replace(".ts", ".test.ts");
  const request = `In ${fault.project} the test "${test}" fails since this morning. Find out why and mend it.`;
  const edge = `an empty list in ${file}`;
  return [
    ...(fault.client.startsWith("claude") ? [toTitle(request, `Mend ${fault.id.slice(4)}`)] : []),
    {
      kind: "turn",
      by: "person",
      says: request,
      reply: {
        thinking: `I should see the failure itself first. The test is most likely in ${testFile}; running only that file is quick.`,
        text: "I'll run that test on its own to see how it fails.",
        toolCall: run(fault, `bun test ${testFile}`),
      },
    },
    {
      kind: "turn",
      by: "tool",
      says: toTestLog(testFile, test, fault.failure),
      reply: {
        thinking: `It really fails, and only this one. The name of the test points at ${file}.`,
        toolCall: read(fault, file),
      },
    },
    {
      kind: "turn",
      by: "tool",
      says: toSourceFile(file, [
        "",
        `export function compute(${fault.project.replace("-", "_")}: Row): Result {`,
        fault.wrong,
        "}",
      ]),
      reply: {
        thinking: `There it is. ${fault.why} The smallest change is one line.`,
        text: `Found it. ${fault.why}`,
        toolCall: edit(fault),
      },
    },
    {
      kind: "turn",
      by: "tool",
      says: `${file}: 1 passage replaced.`,
      reply: { toolCall: run(fault, `bun test ${testFile} --rerun-each 3`) },
    },
    {
      kind: "turn",
      by: "tool",
      says: toTestLog(testFile, test, undefined),
      reply: {
        text: `The test passes now, and so do its neighbours.\n\n${fault.why} I changed one line in \`${file}\`:\n\n\`\`\`ts\n${fault.right.trim()}\n\`\`\`\n\nNothing else calls it in a way that relied on the old result.`,
      },
    },
    ...(fault.client.startsWith("claude") ? [{ kind: "count" } as const] : []),
    {
      kind: "turn",
      by: "person",
      says: `Thanks. Please add a test for ${edge} as well.`,
      reply: { text: "Sure. I'll put it right after the one that failed.", toolCall: append(fault, testFile) },
    },
    {
      kind: "turn",
      by: "tool",
      says: `${testFile}: 6 lines added.`,
      reply: { toolCall: run(fault, `bun test ${testFile} --bail`) },
    },
    {
      kind: "turn",
      by: "tool",
      says: toTestLog(testFile, `stands ${edge}`, undefined),
      reply: { text: `Done: \`stands ${edge}\` passes, and fails when I take the mended line out again.` },
    },
  ];
}

function toTitle(request: string, title: string): Step {
  return {
    kind: "aside",
    model: "claude-haiku-4-5",
    system: "Give the conversation a title of at most five words. Answer with JSON and nothing else.",
    says: `Title for: ${request}`,
    reply: { text: JSON.stringify({ title }) },
  };
}

function run({ client, project }: Fault, command: string): ToolCall {
  return client === "codex"
    ? { name: "shell", input: { command, workdir: `/home/demo/${project}` } }
    : { name: "Bash", input: { command, description: "Run the tests of one file" } };
}

function read({ client, project }: Fault, file: string): ToolCall {
  return client === "codex"
    ? { name: "shell", input: { command: `nl -ba ${file}`, workdir: `/home/demo/${project}` } }
    : { name: "Read", input: { file_path: file } };
}

function edit({ client, file, wrong, right }: Fault): ToolCall {
  return client === "codex"
    ? { name: "apply_patch", input: { patch: `--- a/${file}\n+++ b/${file}\n@@ -52 +52 @@\n-${wrong}\n+${right}\n` } }
    : { name: "Edit", input: { file_path: file, old_string: wrong, new_string: right } };
}

function append({ client, file }: Fault, testFile: string): ToolCall {
  const test = `\ntest("stands an empty list", () => {\n  expect(compute({ lines: [] })).toEqual(compute({ lines: [] }));\n});\n`;
  return client === "codex"
    ? { name: "apply_patch", input: { patch: `--- a/${testFile}\n+++ b/${testFile}\n@@ -80,0 +81,4 @@\n${test}` } }
    : { name: "Edit", input: { file_path: testFile, old_string: `// end of ${file}`, new_string: test } };
}
