/** @module One request: what was sent, what came back, what it cost and why it is as it is. */

import { useEffect, useRef } from "preact/hooks";
import type { RequestDetail } from "../../src/api/contract.ts";
import { formatMoment } from "../format.ts";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { findNeighbour } from "../neighbours.ts";
import { CopyButton } from "../part/copy-button.tsx";
import { CostPanel } from "../part/cost-panel.tsx";
import { Ago, StatusOf } from "../part/figures.tsx";
import { AttemptsPanel, FactsPanel } from "../part/facts-panel.tsx";
import { MessagePanel } from "../part/message-panel.tsx";
import { ErrorNote, Skeleton } from "../part/state.tsx";
import { TimingBar } from "../part/timing-bar.tsx";
import { UsagePanel } from "../part/usage-panel.tsx";
import { useResource } from "../resource.ts";
import { navigate } from "../router.ts";

export function RequestView(props: { readonly id: string }) {
  const { id } = props;
  const detail = useResource<RequestDetail>(`/admin/api/requests/${encodeURIComponent(id)}`);
  const title = useRef<HTMLHeadingElement>(null);
  const go = (by: number): void => {
    const neighbour = findNeighbour(id, by);
    if (neighbour !== undefined) navigate(`/admin/requests/${neighbour}`, { replace: true });
  };
  useKeys({
    previous: () => go(-1),
    next: () => go(1),
    back: () => (history.length > 1 ? history.back() : navigate("/admin/requests")),
  });
  useLive(
    (event) => {
      if (event.type === "reset" || event.rows.some((row) => row.exchange_id === id)) detail.reload();
    },
    [id],
  );
  useEffect(() => {
    document.title = `${detail.data?.model ?? "Request"} · modeltap`;
  }, [detail.data?.model]);

  const { data } = detail;
  if (data === undefined) {
    return detail.error === undefined ? (
      <div class="page">
        <Skeleton lines={12} />
      </div>
    ) : (
      <div class="page">
        <ErrorNote message={detail.error} onRetry={detail.reload} />
      </div>
    );
  }
  return (
    <div class="page request">
      <header class="request-head">
        <div class="crumbs">
          <a href="/admin/requests">Requests</a>
          <span class="steps">
            <button
              type="button"
              class="quiet"
              disabled={findNeighbour(id, -1) === undefined}
              onClick={() => go(-1)}
              title="Newer ( [ )"
            >
              ↑ Newer
            </button>
            <button
              type="button"
              class="quiet"
              disabled={findNeighbour(id, 1) === undefined}
              onClick={() => go(1)}
              title="Older ( ] )"
            >
              ↓ Older
            </button>
          </span>
        </div>
        <h1 ref={title} tabIndex={-1}>
          <StatusOf row={data} /> {data.model ?? `${data.method} ${data.endpoint}`}
        </h1>
        <p class="sub line">
          <span>{data.provider}</span>
          <span class="mono">
            {data.method} {data.endpoint}
            {data.query === null ? "" : `?${data.query}`}
          </span>
          {data.streaming === 1 && <span>streamed</span>}
          {data.tool !== null && <span>{data.tool}</span>}
          <span title={data.started_at}>
            {formatMoment(data.timestamp * 1000)} (<Ago seconds={data.timestamp} />)
          </span>
          <span class="id mono">
            {data.exchange_id} <CopyButton text={data.exchange_id} />
          </span>
        </p>
      </header>
      <WhyList detail={data} />
      <TimingBar detail={data} />
      <div class="columns even">
        <UsagePanel detail={data} />
        <CostPanel detail={data} />
      </div>
      <MessagePanel detail={data} side="request" />
      <MessagePanel detail={data} side="response" />
      <div class="columns even">
        <AttemptsPanel detail={data} />
        <FactsPanel detail={data} />
      </div>
    </div>
  );
}

function WhyList({ detail }: { readonly detail: RequestDetail }) {
  if (detail.why.length === 0) return null;
  return (
    <section class="why" aria-label="What is odd about this request">
      {detail.why.map((why) => (
        <div key={why.code} class={`why-${why.severity}`} data-why={why.code}>
          <p>{why.text}</p>
          {why.code === "upstream_status" && detail.error !== null && <p class="mono">{detail.error}</p>}
          {why.fix !== undefined && <p class="sub">{why.fix}</p>}
        </div>
      ))}
    </section>
  );
}
