/** @module Sets a chosen theme before the first paint; loaded as a plain script ahead of the styles. */

{
  // Storage can be switched off in a browser; the system's theme holds then.
  try {
    const chosen = localStorage.getItem("modeltap.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
  } catch {}
}
