import { expect, test } from "bun:test";
import fc from "fast-check";
import { fromIdBytes, parseExchangeId, toIdBytes, writeIdBytes, type ExchangeId } from "../../src/domain/id.ts";

test("an id is its 16 bytes and back", () => {
  fc.assert(
    fc.property(fc.uuid(), (text) => {
      const id = parseExchangeId(text);
      if (id === undefined) throw new Error(`${text} is an id`);
      expect(fromIdBytes(toIdBytes(id), 0)).toBe(id);
      const at7 = new Uint8Array(30);
      writeIdBytes(id, at7, 7);
      expect(fromIdBytes(at7, 7)).toBe(id);
    }),
  );
});

test("other text is no id", () => {
  for (const text of [
    "",
    "x",
    "01A1FD37-1C0D-7739-BE33-F20B1D5790ED",
    "01a1fd371c0d7739be33f20b1d5790ed",
    "01a1fd37-1c0d-7739-be33-f20b1d5790ed ",
  ]) {
    expect(parseExchangeId(text)).toBeUndefined();
  }
});

test("ids made later sort later", async () => {
  const ids: ExchangeId[] = [];
  for (let i = 0; i < 5; i++) {
    ids.push(Bun.randomUUIDv7() as ExchangeId);
    await Bun.sleep(2);
  }
  expect(ids.toSorted()).toEqual(ids);
});
