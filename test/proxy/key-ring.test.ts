import { expect, test } from "bun:test";

import type { StoredObject } from "../../src/domain/stored-object.ts";
import { createKeyRing } from "../../src/proxy/key-ring.ts";
import { makeKey } from "./managed-key.ts";

test("keys are found by their text, and the newest snapshot alone counts", () => {
  const [a, b] = [makeKey(), makeKey({}, "a-key-that-somebody-brought-along")];
  let objects: readonly StoredObject[] = [];
  let tell = (): void => undefined;
  const ring = createKeyRing({
    list: () => objects,
    follow(onChange) {
      tell = onChange;
      onChange();
    },
  });
  expect([ring.isEmpty, ring.find(a.secret)]).toEqual([true, undefined]);
  objects = [a.object, b.object, { ...a.object, id: "broken", value: { hash: 1 } }];
  tell();
  expect([ring.isEmpty, ring.find(a.secret)?.id, ring.find(b.secret)?.id]).toEqual([false, a.id, b.id]);
  expect(ring.find(a.secret.slice(0, -1))).toBeUndefined();
  expect(ring.find("")).toBeUndefined();
  objects = [b.object];
  tell();
  expect(ring.find(a.secret)).toBeUndefined();
});
