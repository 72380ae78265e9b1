/** @module One side of a request: its head, and its body as text, pretty or as it was, folded when long. */

import { useSignal } from "@preact/signals";
import type { BodyText, RequestDetail } from "../../src/api/contract.ts";
import { findTextForm, type TextForm, toPieces, toPrettyJson } from "../body-text.ts";
import { formatBytes, formatCount } from "../format.ts";
import { useResource } from "../resource.ts";
import { CopyButton } from "./copy-button.tsx";
import { Segments } from "./segments.tsx";
import { EmptyNote, Skeleton } from "./state.tsx";

/** Longer texts show this much until asked for all. */
const FOLD_CHARS = 20_000;
/** Beyond this, naming every piece costs more than it helps. */
const MAX_COLOURED_CHARS = 400_000;
const FORMS = [
  { value: "pretty", label: "Pretty" },
  { value: "raw", label: "Raw" },
];

const VIEWS = [
  { value: "client-response", label: "As the client got it" },
  { value: "response", label: "As the upstream sent it" },
];

export function MessagePanel(props: { readonly detail: RequestDetail; readonly side: "request" | "response" }) {
  const { detail, side } = props;
  const view = useSignal("client-response");
  const client = side === "response" ? detail.client_response : null;
  const isClient = client !== null && view.value === "client-response";
  const facts = isClient ? client : detail[side];
  const headers = side === "request" ? detail.request_headers : detail.response_headers;
  const type = facts.content_type?.split(";")[0] ?? null;
  return (
    <section class="panel message" aria-labelledby={`${side}-title`}>
      <header class="panel-head">
        <h2 id={`${side}-title`}>{side === "request" ? "Request" : "Response"}</h2>
        <div class="panel-tools">
          {client !== null && (
            <Segments
              label="Whose bytes"
              choices={VIEWS}
              value={view.value}
              onChange={(value) => {
                view.value = value;
              }}
            />
          )}
          <span class="sub">
            {[type, facts.content_encoding, formatBytes(facts.wire_bytes)].filter(Boolean).join(" · ")}
          </span>
        </div>
      </header>
      <details class="heads">
        <summary>
          {headers === null ? "No head came" : `${formatCount(headers.length)} header fields`}
          <span class="sub"> secrets masked before they were kept</span>
        </summary>
        <table class="pairs mono">
          <tbody>
            {(headers ?? []).map(([name, value], index) => (
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      {facts.wire_bytes === 0 ? (
        <EmptyNote>No body.</EmptyNote>
      ) : detail.capture === "full" ? (
        <Body
          key={facts === client ? "client" : "upstream"}
          id={detail.exchange_id}
          side={isClient ? "client-response" : side}
          state={detail.state}
        />
      ) : (
        <EmptyNote>Bodies were not kept: capture was set to {detail.capture}.</EmptyNote>
      )}
    </section>
  );
}

function Body(props: { readonly id: string; readonly side: BodyText["side"]; readonly state: string }) {
  const address = `/admin/api/requests/${props.id}/body/${props.side}`;
  // The state is part of the question, and not of what is sent: a body that was on its way is asked for again at its end.
  const body = useResource<BodyText>(`${address}#${props.state}`);
  const form = useSignal("pretty");
  const unfolded = useSignal(false);
  if (body.data === undefined) {
    return body.error === undefined ? <Skeleton lines={5} /> : <EmptyNote>{body.error}</EmptyNote>;
  }
  const { text, content_type } = body.data;
  const kind: TextForm = text === null ? "text" : findTextForm(content_type, text);
  const pretty = text !== null && kind === "json" ? toPrettyJson(text) : undefined;
  const shown = form.value === "pretty" ? (pretty ?? text) : text;
  const isFolded = shown !== null && shown.length > FOLD_CHARS && !unfolded.value;
  return (
    <div class="body">
      <div class="body-tools">
        {pretty !== undefined && (
          <Segments
            label="Shown"
            choices={FORMS}
            value={form.value}
            onChange={(value) => {
              form.value = value;
            }}
          />
        )}
        <BodyNotes body={body.data} />
        <span class="push" />
        {shown !== null && <CopyButton text={shown} />}
        <a class="quiet" href={`${address}?raw=1`} download={`${props.id}-${props.side}.bin`}>
          Download
        </a>
      </div>
      {shown !== null && (
        <pre class={`text text-${kind}`} tabIndex={0} data-scrolls aria-label={`Body of the ${props.side}`}>
          <Text text={isFolded ? shown.slice(0, FOLD_CHARS) : shown} kind={kind} />
        </pre>
      )}
      {isFolded && (
        <button
          type="button"
          class="unfold"
          onClick={() => {
            unfolded.value = true;
          }}
        >
          Show all {formatCount(shown.length)} characters
        </button>
      )}
    </div>
  );
}

function BodyNotes({ body }: { readonly body: BodyText }) {
  const notes = [
    body.note,
    body.truncated ? "only head and tail were kept" : null,
    body.capped ? `cut at ${formatBytes(body.decoded_bytes)}; the download is whole` : null,
  ].filter((note) => note !== null);
  return notes.length === 0 ? null : <span class="sub">{notes.join("; ")}</span>;
}

function Text(props: { readonly text: string; readonly kind: TextForm }) {
  if (props.text.length > MAX_COLOURED_CHARS) return <>{props.text}</>;
  return (
    <>
      {toPieces(props.text, props.kind).map((piece, index) =>
        piece.kind === "plain" ? (
          piece.text
        ) : (
          <span key={index} class={`t-${piece.kind}`}>
            {piece.text}
          </span>
        ),
      )}
    </>
  );
}
