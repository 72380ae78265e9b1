import { afterEach, expect, test } from "bun:test";
import { createProxyCase } from "../support/proxy.ts";
import { rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { start, close } = createProxyCase();
afterEach(close);

const CALL = { method: "POST", target: "/openai/v1/x?key=secret-value-1234567890abcdef", body: '{"model":"m"}' };

test("capture is full by default, off for a request that says so, and then nothing but counts is journaled", async () => {
  const { upstream, proxy } = await start();
  upstream.on(/./, step.json({ ok: true }));
  await rawRequest(proxy.url, CALL);
  await rawRequest(proxy.url, { ...CALL, headers: [["x-modeltap-capture", "off"]] });
  expect((await proxy.ended(0)).head.capture).toBe("full");
  const off = await proxy.ended(1);
  expect(off.head).toMatchObject({ capture: "off", headers: [], query: "" });
  expect(off.responseHead?.headers).toEqual([["content-type", "application/json"]]);
  expect((await upstream.nextWhole()).header("x-modeltap-capture")).toBeUndefined();
});

test("with little free disk bodies go over memory, so that usage is still read", async () => {
  const { upstream, proxy } = await start({ diskIsLow: true });
  upstream.on(/./, step.json({ ok: true }));
  await rawRequest(proxy.url, CALL);
  expect((await proxy.ended()).head.capture).toBe("metadata");
});
