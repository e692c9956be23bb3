import { tracing } from "../../activation/context/tracing.js";
import { systemClock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { ClaimLost, WorkerStopping } from "../errors.js";
import type { ActiveRun } from "./active-run.js";
import { Executor } from "./executor.js";
import { factsOf, loadRegistry } from "./load.js";
import { pipedLogger } from "./log-pipe.js";
import { type FromChild, type PackedOrders, type ToChild, unpackOrders } from "./messages.js";
import { Outbox } from "./outbox.js";
import { VitalSigns } from "./vitals.js";
import { watchParent } from "./watchdog.js";

// The process a supervisor forks: argv holds the handlers module's URL and the supervisor's pid.
// The supervisor decides when it ends: signals of the terminal's group are ignored.

/** How long what the handlers left open (connections, timers) may hold the process after `end`, milliseconds. */
const LEFTOVERS_MS = 1000;
/** So many errors outside of runs are told; the child is replaced after the first. */
const MOST_FAULTS = 100;

const [, , moduleUrl = "", supervisor = ""] = process.argv;
let ending = false;

process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => {
  if (!ending) process.exit(0);
});
watchParent(Number(supervisor));

/** `written` is called when the message is in the pipe, where it outlives this process. */
function send(message: FromChild, written?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => written?.());
}

try {
  // Looked for before the first run, whose time it would count against.
  const [registry] = await Promise.all([loadRegistry(moduleUrl), tracing()]);
  const outbox = new Outbox((report, written) => send({ kind: "report", ...report }, written));
  const executor = new Executor(registry, systemClock(), outbox, pipedLogger());
  process.on("message", (message: ToChild) => receive(message, executor, outbox));
  watchErrors(executor, outbox);
  const signs = new VitalSigns((vitals) => send({ kind: "vitals", ...vitals }));
  send({ kind: "vitals", ...signs.look() });
  send({ kind: "ready", registry: factsOf(registry) });
} catch (error) {
  send({ kind: "refused", problem: messageOf(error) }, () => process.exit(1));
}

function receive(message: ToChild, executor: Executor, outbox: Outbox): void {
  switch (message.kind) {
    case "run":
      start(message, executor, outbox);
      return;
    case "abort":
      executor.abort(message.runs, message.reason === "stopping" ? new WorkerStopping() : new ClaimLost());
      return;
    case "end":
      ending = true;
      outbox.flush();
      process.disconnect();
      setTimeout(() => process.exit(0), LEFTOVERS_MS).unref();
  }
}

/** Starts are in the pipe before a handler runs: should it end or block this process, the supervisor knows whom to blame. */
function start(packed: PackedOrders, executor: Executor, outbox: Outbox): void {
  outbox.started(packed.runs);
  const announced = new Promise<void>((resolve) => outbox.flush(resolve));
  for (const order of unpackOrders(packed)) executor.execute(order, announced);
}

function watchErrors(executor: Executor, outbox: Outbox): void {
  let faults = 0;
  const fault = (error: unknown, run: ActiveRun | undefined): void => {
    if (run !== undefined) executor.fail(run, error);
    faults += 1;
    if (faults > MOST_FAULTS) return;
    const told = { kind: "fault", error: stackOf(error) } as const;
    send(run === undefined ? told : { ...told, run: run.run });
  };
  process.on("uncaughtException", (error) => fault(error, executor.current() ?? executor.only()));
  process.on("unhandledRejection", (error) => fault(error, executor.current() ?? executor.only()));
  process.on("exit", () => {
    if (ending) return;
    outbox.flush();
    const run = executor.current();
    send(run === undefined ? { kind: "exiting" } : { kind: "exiting", run: run.run });
  });
}

/** Never throws: an error here would end the process and take the other runs along. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error);
  } catch {
    return "a thrown value that has no text";
  }
}
