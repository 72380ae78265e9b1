/** @module Preloaded into the real program by a test: on SIGUSR2 it meets an error that nobody catches. */

process.on("SIGUSR2", () => {
  const fault = new Error(`injected ${process.env["INJECTED_FAULT"]}`);
  if (process.env["INJECTED_FAULT"] === "rejection") void Promise.reject(fault);
  else
    setTimeout(() => {
      throw fault;
    });
});
