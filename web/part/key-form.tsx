/** @module One managed key to make or change: its name, what it may ask for, how much, and until when. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ApiKey } from "../../src/api/contract.ts";
import { readField } from "../form.ts";
import { changeJson } from "../resource.ts";

const FIELDS = [
  { name: "allowed_providers", label: "Providers", hint: "all", of: (key: ApiKey) => key.allowedProviders?.join(", ") },
  {
    name: "allowed_models",
    label: "Models, or prefix*",
    hint: "all",
    of: (key: ApiKey) => key.allowedModels?.join(", "),
  },
  {
    name: "requests_per_minute",
    label: "Requests per minute",
    hint: "no limit",
    of: (key: ApiKey) => key.requestsPerMinute,
  },
  { name: "tokens_per_minute", label: "Tokens per minute", hint: "no limit", of: (key: ApiKey) => key.tokensPerMinute },
] as const;

export function KeyForm(props: {
  /** Absent for a new one. */
  readonly before: ApiKey | undefined;
  readonly onMade: (key: ApiKey & { readonly key: string }) => void;
  readonly onClose: (isChanged: boolean) => void;
}) {
  const { before, onMade, onClose } = props;
  const problem = useSignal<string | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);

  // At once, not after the next frame: what is typed right after opening belongs into the form.
  useLayoutEffect(() => {
    form.current?.querySelector("input")?.focus();
  }, []);

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    // The form that was submitted.
    const body = toBody(new FormData(event.currentTarget as HTMLFormElement));
    if (typeof body === "string") {
      problem.value = body;
      return;
    }
    const path = before === undefined ? "/admin/api-keys" : `/admin/api-keys/${encodeURIComponent(before.id)}`;
    const answer = await changeJson(before === undefined ? "POST" : "PATCH", path, body);
    if ("problem" in answer) {
      problem.value = answer.problem;
      return;
    }
    // Our own api, by its contract.
    if (before === undefined) onMade(answer.value as ApiKey & { readonly key: string });
    onClose(true);
  };

  return (
    <form
      ref={form}
      class="fields table-form"
      aria-label={before === undefined ? "New key" : `Key ${before.name}`}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose(false);
      }}
    >
      <label>
        <span>Name</span>
        <input name="name" defaultValue={before?.name ?? ""} placeholder="laptop" required maxLength={100} />
      </label>
      {FIELDS.map(({ name, label, hint, of }) => (
        <label key={name}>
          <span>{label}</span>
          <input
            name={name}
            defaultValue={String((before === undefined ? undefined : of(before)) ?? "")}
            placeholder={hint}
            inputMode={name.endsWith("_minute") ? "numeric" : undefined}
            spellcheck={false}
          />
        </label>
      ))}
      <label>
        <span>Last day</span>
        <input type="date" name="expires_at" defaultValue={toDay(before?.expiresAt ?? null)} />
      </label>
      <div class="panel-tools">
        <button type="submit" class="pill">
          {before === undefined ? "Make key" : "Save"}
        </button>
        <button type="button" onClick={() => onClose(false)}>
          Cancel
        </button>
      </div>
      {problem.value !== undefined && (
        <p class="bad" role="alert">
          {problem.value}
        </p>
      )}
    </form>
  );
}

/** The body of the call, or what is wrong. An empty field lifts the restriction. */
function toBody(fields: FormData): Readonly<Record<string, unknown>> | string {
  const body: Record<string, unknown> = { name: readField(fields, "name") };
  for (const { name, label } of FIELDS) {
    const text = readField(fields, name);
    if (text === "") body[name] = null;
    else if (!name.endsWith("_minute")) body[name] = text.split(",").flatMap((item) => item.trim() || []);
    else if (/^[1-9]\d{0,8}$/.test(text)) body[name] = Number(text);
    else return `${label} must be a whole number, or empty for no limit.`;
  }
  const day = readField(fields, "expires_at");
  // The whole of the day, where the reader is.
  body["expires_at"] = day === "" ? null : new Date(`${day}T23:59:59`).getTime();
  return body;
}

/** As a date field has it, in the reader's own zone. */
function toDay(moment: string | null): string {
  if (moment === null) return "";
  const at = new Date(moment);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
