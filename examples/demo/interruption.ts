import { DemoError } from "./errors.js";

/** Rejects at the first SIGINT or SIGTERM, so that the processes are ended before this one; `release` gives the signals back. */
export function interruption(): { readonly interrupted: Promise<never>; readonly release: () => void } {
  let interrupt: (signal: NodeJS.Signals) => void = () => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = (signal) => reject(new DemoError(`interrupted by ${signal}`));
  });
  interrupted.catch(() => {}); // whoever races it sees it; nobody may
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
