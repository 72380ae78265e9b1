/** @module The web application: starts what is shared and shows the shell. */

import { render } from "preact";
import { startClock } from "./clock.ts";
import { startLive } from "./live.ts";
import { startRouter } from "./router.ts";
import { Shell } from "./shell.tsx";
import "uplot/dist/uPlot.min.css";
import "./style/app.css";

const root = document.querySelector("#app");
if (root !== null) {
  startRouter();
  startClock();
  startLive();
  render(<Shell />, root);
}
