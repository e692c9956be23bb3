import type { Adapter } from "./adapter.js";

/** A worker process; it ends by SIGTERM. */
export async function work(adapter: Adapter, address: string, sandboxed: boolean): Promise<void> {
  const stop = await adapter.work(address, sandboxed);
  process.once("SIGTERM", () => {
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.send?.("ready");
}
