/** @module Compatibility fixes to switch on, each with what it does and what it may cost. */

import type { FixFacts } from "../../src/domain/routing-facts.ts";

/** Fields called `fixes`, of which the ticked ones are sent. */
export function FixChoice(props: {
  readonly fixes: readonly FixFacts[];
  readonly chosen: readonly string[];
  readonly disabled?: boolean;
}) {
  return (
    <fieldset class="choice" disabled={props.disabled}>
      <legend>Compatibility fixes for the answers</legend>
      {props.fixes.map(({ id, name, description, risk }) => (
        <div key={id}>
          <label class="check">
            <input type="checkbox" name="fixes" value={id} defaultChecked={props.chosen.includes(id)} />
            <span>{name}</span>
          </label>
          <details class="sub">
            <summary>What it does</summary>
            <p>{description}</p>
            <p>{risk}</p>
          </details>
        </div>
      ))}
    </fieldset>
  );
}

/** Ids of those that are ticked. */
export function readFixes(fields: FormData): readonly string[] {
  return fields.getAll("fixes").filter((id) => typeof id === "string");
}
