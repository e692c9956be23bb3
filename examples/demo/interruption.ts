import { DemoError } from "./errors.js";

/** Rejects at the first SIGINT or SIGTERM, so that child processes end before this one; `release` removes the listeners. */
export function interruption(): { readonly interrupted: Promise<never>; readonly release: () => void } {
  let interrupt: (signal: NodeJS.Signals) => void = () => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = (signal) => reject(new DemoError(`interrupted by ${signal}`));
  });
  interrupted.catch(() => {}); // Only a race may observe it.
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  return {
    interrupted,
    release() {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    },
  };
}
