/** A terminal's Ctrl-C under `npm run` or `npx` arrives twice, from the terminal and from npm; milliseconds between them. */
const SAME_KEY_MS = 300;

/**
 * Resolves at the first SIGINT or SIGTERM; a second one ends the process at once with exit code 1, and its children with
 * it. A second SIGINT within 300 ms of the first is the same press of the key.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        const now = performance.now();
        if (first === undefined) {
          first = { signal, at: now };
          resolve(signal);
          return;
        }
        if (signal === "SIGINT" && first.signal === "SIGINT" && now - first.at < SAME_KEY_MS) return;
        process.stderr.write(`taskwire: ${signal} while stopping: ends now, what runs is left to the brokers\n`);
        process.exit(1);
      });
    }
  });
}
