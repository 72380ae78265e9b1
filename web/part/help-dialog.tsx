/** @module The help on keys, drawn from the same table that the keys act by. */

import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "../keys.ts";

export function HelpDialog(props: { readonly open: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (props.open && !dialog.current?.open) dialog.current?.showModal();
    if (!props.open) dialog.current?.close();
  }, [props.open]);
  const places = [...new Set(KEYS.map((row) => row.where))];
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keys"
      onClose={props.onClose}
      onClick={(event) => {
        // A click on the dialog itself is one on its backdrop: the content covers the rest.
        if (event.target === dialog.current) props.onClose();
      }}
    >
      <div>
        <header>
          <h2>Keys</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={props.onClose}>
            ✕
          </button>
        </header>
        {places.map((place) => (
          <section key={place}>
            <h3>{place}</h3>
            <dl>
              {KEYS.filter((row) => row.where === place).map((row) => (
                <div key={row.name}>
                  <dt>{row.label}</dt>
                  <dd>
                    {row.keys.map((key) => (
                      <kbd key={key}>{KEY_SIGNS[key] ?? key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}

const KEY_SIGNS: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑", Enter: "↵", Escape: "Esc" };
