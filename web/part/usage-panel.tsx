/** @module The token counts of one request as the provider reported them. */

import type { RequestDetail } from "../../src/api/contract.ts";
import { formatCount, formatShare } from "../format.ts";
import { EmptyNote } from "./state.tsx";

type Line = { readonly field: string; readonly label: string; readonly of?: "inputTokens" | "outputTokens" };

const LINES: readonly Line[] = [
  { field: "inputTokens", label: "Input" },
  { field: "cacheReadTokens", label: "read from cache", of: "inputTokens" },
  { field: "cacheWriteTokens", label: "written to cache", of: "inputTokens" },
  { field: "cacheWrite5mTokens", label: "written for 5 minutes", of: "inputTokens" },
  { field: "cacheWrite1hTokens", label: "written for 1 hour", of: "inputTokens" },
  { field: "audioInputTokens", label: "audio", of: "inputTokens" },
  { field: "imageInputTokens", label: "images", of: "inputTokens" },
  { field: "outputTokens", label: "Output" },
  { field: "reasoningTokens", label: "reasoning", of: "outputTokens" },
  { field: "audioOutputTokens", label: "audio", of: "outputTokens" },
  { field: "imageOutputTokens", label: "images", of: "outputTokens" },
  { field: "webSearchRequests", label: "Web searches" },
  { field: "audioSeconds", label: "Seconds of audio" },
  { field: "searchUnits", label: "Search units" },
  { field: "countedTokens", label: "Counted, not billed" },
];

const SOURCES = {
  reported: "as the provider reported them",
  partial: "partial: the answer was cut",
  none: "none reported",
} as const;

export function UsagePanel({ detail }: { readonly detail: RequestDetail }) {
  const { usage } = detail;
  return (
    <section class="panel" aria-labelledby="usage-title">
      <header class="panel-head">
        <h2 id="usage-title">Tokens</h2>
        <span class="sub">{SOURCES[detail.usage_source]}</span>
      </header>
      {usage === null ? (
        <EmptyNote>
          {detail.state === "pending" ? "They come with the end of the answer." : "The answer told no token counts."}
        </EmptyNote>
      ) : (
        <table class="pairs">
          <tbody>
            {LINES.filter((line) => usage[line.field] !== undefined).map((line) => (
              <tr key={line.field} class={line.of === undefined ? "" : "part"}>
                <th scope="row">{line.label}</th>
                <td class="num">{formatCount(usage[line.field])}</td>
                <td class="num sub">{line.of === undefined ? "" : formatShare(usage[line.field], usage[line.of])}</td>
              </tr>
            ))}
            {detail.extra_usage.map((extra, index) => (
              <tr key={index}>
                <th scope="row">
                  {extra.kind}
                  {extra.model === undefined ? "" : ` (${extra.model})`}
                </th>
                <td class="num" colSpan={2}>
                  beside the above
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
