/** @module The web application inside the executable; empty in a checkout, replaced when the executable is made. */

import type { UiBundle } from "./ui-bundle.ts";

/** Undefined = build from the sources. */
export const embeddedUi: UiBundle | undefined = undefined;
