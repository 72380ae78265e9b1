/** @module How fresh the prices are that costs are computed with. */

import type { PricingAnswer } from "../../src/api/contract.ts";
import { formatCount } from "../format.ts";
import { useResource } from "../resource.ts";
import { Ago } from "./figures.tsx";

export function PriceAge() {
  const { data } = useResource<PricingAnswer>("/admin/pricing");
  if (data === undefined || !data.loaded) return null;
  const own = data.files.length === 0 ? "" : `, your own from ${data.files.join(", ")} first`;
  return (
    <p class="sub pad" data-prices title={`${formatCount(data.rows)} prices are known${own}.`}>
      {data.fetchedAt === null ? (
        "Prices: those that came with modeltap"
      ) : (
        <>
          Prices: {data.url === null ? "fetched" : new URL(data.url).hostname}, <Ago seconds={data.fetchedAt / 1000} />
          {data.stale && " (old)"}
        </>
      )}
      {data.problems.length > 0 && (
        <span class="bad" title={data.problems.join("\n")}>
          {" "}
          · a price file has a problem
        </span>
      )}
    </p>
  );
}
