/** @module The web application: starts what is shared and shows the shell. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { startClock } from "./clock.ts";
import { startLive, stopLive } from "./live.ts";
import { isLogin, startRouter } from "./router.ts";
import { Shell } from "./shell.tsx";
import "uplot/dist/uPlot.min.css";
import "./style/app.css";

const root = document.querySelector("#app");
if (root !== null) {
  startRouter();
  startClock();
  effect(() => (isLogin.value ? stopLive() : startLive()));
  render(<Shell />, root);
}
