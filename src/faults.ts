/** @module What nobody caught: in the process that carries the traffic it is told, and everything goes on. */

/**
 * One exchange, timer or connection met a fault of ours; all others would die with the process. Bun's own way is to end it
 * on a throw, and to print a stack on a rejection.
 */
export function surviveFaults(onFault: (reason: string) => void): void {
  const tell = (failure: unknown): void =>
    onFault(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}
