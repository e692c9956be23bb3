import { tracing } from "../../activation/context/tracing.js";
import { systemClock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { CHANNEL_DESCRIPTOR, openChildEnd } from "../channel/child-end.js";
import { Ledger } from "../channel/ledger.js";
import { lineLogger } from "../channel/log-lines.js";
import { carryLines } from "../channel/output.js";
import { errorOfAbort } from "./abort-reason.js";
import { errorText } from "./error-text.js";
import { Executor } from "./executor.js";
import { Guards } from "./guards.js";
import { factsOf, loadRegistry } from "./load.js";
import { isToChild } from "./message-checks.js";
import type { Fault, FromChild, ToChild } from "./messages.js";
import { Outbox } from "./outbox.js";
import { type PackedOrders, unpackOrders } from "./packed-orders.js";
import { namesOfRun } from "./run-logger.js";
import { VitalSigns } from "./vitals.js";
import { killOwnGroup, startWatchdog } from "./watchdog.js";

// The child process of a worker. argv: the URL of the handlers module, the worker's pid, the number of slots, and
// "lines" if the worker wants what handlers write. The process leads its own process group and session, so signals of
// the terminal do not reach it: the worker decides when it ends. Node's own channel is not used: handlers may listen to
// it, send on it and close it.

/** How long connections and timers that handlers left open may keep the process alive after `end`, milliseconds. */
const LEFTOVERS_MS = 1000;
/** How many errors outside runs are reported; the child is replaced after the first. */
const MOST_FAULTS = 100;
/** How many runs that such an error may belong to are named. */
const MOST_NAMED = 5;

const [, , moduleUrl = "", worker = "", slots = "1", output = ""] = process.argv;
// Kept because handlers may replace them, by fake timers for example.
const exit = process.exit.bind(process);
const later = setTimeout;
let ending = false;
let receive: (message: ToChild) => void = () => {};

const ledger = Ledger.of(Number(slots));
startWatchdog(Number(worker), ledger);
const channel = openChildEnd(
  CHANNEL_DESCRIPTOR,
  (message) => {
    if (isToChild(message)) receive(message);
  },
  () => {
    if (!ending) killOwnGroup();
  },
);
const send = (message: FromChild): void => channel.send(message);

const nothing = (): void => {};
// An output stream that nobody reads must not end a run.
const guards = [
  new Guards(process, { SIGINT: nothing, SIGTERM: nothing }),
  new Guards(process.stdout, { error: nothing }),
  new Guards(process.stderr, { error: nothing }),
];
const lastLines =
  output === "lines"
    ? (["stdout", "stderr"] as const).map((stream) =>
        carryLines(process[stream], (line) => send({ kind: "output", line, stream })),
      )
    : [];
// So that stacks of handlers' errors name the lines of their source.
process.setSourceMapsEnabled(true);

try {
  // Tracing is loaded before the first run, so that it does not count against its deadline.
  const [registry] = await Promise.all([loadRegistry(moduleUrl), tracing()]);
  const outbox = new Outbox((report) => send({ kind: "report", ...report }));
  const log = lineLogger((text) => send({ kind: "log", text }));
  const executor = new Executor(registry, systemClock(), outbox, log, ({ order = 0 }) => ledger.begin(order));
  receive = (message) => handle(message, executor, outbox);
  guards.push(new Guards(process, watchers(executor, outbox)));
  const signs = new VitalSigns((vitals) => {
    restoreGuards();
    send({ kind: "vitals", ...vitals });
  });
  send({ kind: "vitals", ...signs.look() });
  send({ kind: "ready", registry: factsOf(registry) });
} catch (error) {
  send({ kind: "refused", problem: messageOf(error) });
  exit(1);
}

function handle(message: ToChild, executor: Executor, outbox: Outbox): void {
  switch (message.kind) {
    case "run":
      start(message, executor, outbox);
      return;
    case "abort":
      executor.abort(message.runs, errorOfAbort(message.reason));
      return;
    case "end":
      ending = true;
      outbox.flush();
      channel.unref();
      if (process.connected) process.disconnect();
      later(() => exit(0), LEFTOVERS_MS).unref();
  }
}

/**
 * Starts are in the pipe before a handler runs: if it ends or blocks this process, the worker knows which run to blame.
 */
function start(packed: PackedOrders, executor: Executor, outbox: Outbox): void {
  restoreGuards();
  outbox.started(packed.runs);
  outbox.flush();
  for (const order of unpackOrders(packed)) executor.execute(order);
}

function restoreGuards(): void {
  for (const each of guards) each.restore();
}

function watchers(executor: Executor, outbox: Outbox): Record<string, Parameters<NodeJS.EventEmitter["on"]>[1]> {
  let faults = 0;
  const fault = (what: Fault["what"], error: unknown): void => {
    const run = executor.current() ?? executor.only();
    faults += 1;
    if (faults <= MOST_FAULTS)
      send({ kind: "fault", what, ...errorText(error), ...(run === undefined ? running(executor) : namesOfRun(run)) });
    if (run !== undefined) executor.fail(run, error);
  };
  return {
    uncaughtException: (error: unknown) => fault("uncaught exception", error),
    unhandledRejection: (error: unknown) => fault("unhandled rejection", error),
    exit: () => {
      for (const flush of lastLines) flush();
      if (ending) return;
      outbox.flush();
      const run = executor.current();
      send(run === undefined ? { kind: "exiting" } : { kind: "exiting", run: run.run });
    },
  };
}

function running(executor: Executor): Pick<Fault, "running"> {
  const runs = executor.running(MOST_NAMED).map(({ id, name }) => `${name} ${id}`);
  return runs.length === 0 ? {} : { running: runs };
}
