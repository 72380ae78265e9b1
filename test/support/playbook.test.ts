/** @module Proof that a playbook sees what happens: played once without anything in between. */

import { expect, test } from "bun:test";

import { createPlaybook } from "./playbook.ts";
import { body, head } from "./step.ts";

test("a whole exchange reads as a transcript", async () => {
  await using play = await createPlaybook(async (upstream) => upstream);
  await play.clientSends({ target: "/v1/chat", json: { model: "m" } });
  await play.upstreamReceives({
    method: "POST",
    target: "/v1/chat",
    json: { model: "m" },
    headers: { "x-none": undefined },
  });
  await play.upstreamSends(head(200, [["transfer-encoding", "chunked"]]), body("data: 1\n\n"));
  await play.clientReceives("data: 1\n\n");
  await play.upstreamSends(body("data: 2\n\n"));
  await play.upstreamEnds();
  await play.clientReceives({ status: 200, body: "data: 1\n\ndata: 2\n\n" });
  play.upstreamReceivesNothing();
});

test("both sides see the other one go", async () => {
  await using play = await createPlaybook(async (upstream) => upstream);
  await play.clientSends({ target: "/a" });
  await play.upstreamReceives();
  await play.upstreamSends(head(200, [["content-length", "9"]]), body("abc"));
  await play.clientReceives("abc");
  await play.clientSeesEnd("open");
  await play.upstreamDisconnects("reset");
  await play.clientSeesEnd("reset");

  await play.clientSends({ target: "/b" });
  await play.upstreamReceives({ target: "/b" });
  await play.clientGoes();
  await play.upstreamSeesDisconnect();
});

test("a transcript that is not so fails", async () => {
  await using play = await createPlaybook(async (upstream) => upstream);
  await play.clientSends({ target: "/a" });
  expect(play.upstreamReceives({ target: "/b" })).rejects.toThrow();
});
