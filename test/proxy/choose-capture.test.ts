import { expect, test } from "bun:test";

import type { CaptureMode } from "../../src/domain/exchange.ts";
import { chooseCapture } from "../../src/proxy/choose-capture.ts";
import { toTestUpstream } from "../support/route-table.ts";

const ORDER: readonly CaptureMode[] = ["full", "metadata", "off"];

const upstreams = (modes: readonly CaptureMode[]) =>
  modes.map((capture) => toTestUpstream("http://x", "groq", { capture }));

test("the strictest wins, whoever asks for it", () => {
  for (const asked of ORDER) {
    for (const first of ORDER) {
      for (const second of ORDER) {
        const strictest = ORDER[Math.max(...[asked, first, second].map((mode) => ORDER.indexOf(mode)))];
        expect(chooseCapture(asked, upstreams([first, second]), false)).toBe(strictest ?? "off");
      }
    }
  }
});

test.each([
  [null, "full"],
  [" Metadata ", "metadata"],
  ["OFF", "off"],
  ["none", "off"],
  ["", "off"],
] as const)("x-modeltap-capture %p means %s", (asked, mode) => {
  expect(chooseCapture(asked, upstreams(["full"]), false)).toBe(mode);
});

test("a full disk takes the bodies and no more", () => {
  expect(chooseCapture(null, upstreams(["full"]), true)).toBe("metadata");
  expect(chooseCapture("off", upstreams(["full"]), true)).toBe("off");
});
