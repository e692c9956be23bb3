import { fileURLToPath } from "node:url";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { until } from "../support/waiting.js";
import { fillDelayed } from "./fill.js";
import { peakMiB } from "./processes.js";
import { environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const ROWS = 100_000;
const PAYLOAD_BYTES = 100;
/** Until then all of them are in the broker's file. */
const DELAY_S = 30;

/** 100,000 activations due at the same moment: the broker's longest stall, and how long they take. */
export async function brokerDue(): Promise<object> {
  await using harness = new ProcessHarness(environment, HANDLERS);
  const broker = await harness.broker();
  await harness.worker("--isolation", "none", "--concurrency", "64");
  const due = await fillDelayed(harness, ROWS, PAYLOAD_BYTES, DELAY_S);
  await until(async () => (await harness.status()).counts.delayed === ROWS, 100);
  const ahead = due - Date.now();
  await until(() => Date.now() > due - 1000, 50);
  // Stalls count since the last look.
  await longestStall(broker);
  await until(async () => (await harness.status()).ended.completed === ROWS, 250);
  const done = Date.now();
  return {
    rows: ROWS,
    storedSecondsAhead: Math.round(ahead / 100) / 10,
    longestStallMilliseconds: Math.round((await longestStall(broker)) * 1000),
    seconds: Math.round((done - due) / 100) / 10,
    peakResidentMiB: peakMiB(broker.pid),
  };
}

/** How late the broker's event loop turned at most since the last look, seconds. */
async function longestStall(broker: Running): Promise<number> {
  const address = /"http":"([^"]+)"/.exec(broker.said())?.[1];
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const found = /^taskwire_event_loop_lag_seconds\{[^}]*quantile="1"[^}]*\} (\S+)$/m.exec(text)?.[1];
  if (found === undefined) throw new Error("the metrics of the broker have no event loop lag");
  return Number(found);
}
