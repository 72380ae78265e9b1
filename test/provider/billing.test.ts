import { expect, test } from "bun:test";
import { findBilling } from "../../src/provider/billing.ts";

test("account tokens are subscriptions, keys are metered", () => {
  expect(findBilling("Bearer sk-ant-oat01-abc", null)).toBe("subscription");
  expect(findBilling("Bearer eyJ.a.b", "acct_1")).toBe("subscription");
  expect(findBilling("Bearer sk-proj-abc", null)).toBe("metered");
  expect(findBilling(null, null)).toBe("metered");
});
