import { tracing } from "../../activation/context/tracing.js";
import { systemClock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { CHANNEL_DESCRIPTOR, openChildEnd } from "../channel/child-end.js";
import { Ledger } from "../channel/ledger.js";
import { lineLogger } from "../channel/log-lines.js";
import { carryLines } from "../channel/output.js";
import { ClaimLost, WorkerStopping } from "../errors.js";
import { errorText } from "./error-text.js";
import { Executor } from "./executor.js";
import { Guards } from "./guards.js";
import { factsOf, loadRegistry } from "./load.js";
import { type Fault, type FromChild, isToChild, type PackedOrders, type ToChild, unpackOrders } from "./messages.js";
import { Outbox } from "./outbox.js";
import { namesOfRun } from "./run-logger.js";
import { VitalSigns } from "./vitals.js";
import { killOwnGroup, startWatchdog } from "./watchdog.js";

// The process a supervisor forks: argv holds the handlers module's URL, the supervisor's pid, how many runs it may have at
// once, and "lines" when the supervisor wants what handlers write. It leads a process group and a session of its own, so
// the terminal's signals do not reach it: the supervisor decides when it ends. Nothing of ours goes over Node's own
// channel, which handlers may listen to, send to and close.

/** How long what the handlers left open (connections, timers) may hold the process after `end`, milliseconds. */
const LEFTOVERS_MS = 1000;
/** This many errors outside of runs are reported; the child is replaced after the first. */
const MOST_FAULTS = 100;
/** How many of the runs that such an error may belong to are named. */
const MOST_NAMED = 5;

const [, , moduleUrl = "", supervisor = "", slots = "1", output = ""] = process.argv;
// Handlers may replace these, by fake timers or in earnest.
const exit = process.exit.bind(process);
const later = setTimeout;
let ending = false;
let receive: (message: ToChild) => void = () => {};

const ledger = Ledger.of(Number(slots));
startWatchdog(Number(supervisor), ledger);
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
// A log that nobody reads any more ends no run.
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
// Where a handler's error was thrown is said by the lines of its source.
process.setSourceMapsEnabled(true);

try {
  // Looked for before the first run, whose time it would count against.
  const [registry] = await Promise.all([loadRegistry(moduleUrl), tracing()]);
  const outbox = new Outbox((report) => send({ kind: "report", ...report }));
  const log = lineLogger((text) => send({ kind: "log", text }));
  const executor = new Executor(registry, systemClock(), outbox, log, ({ order = 0 }) => ledger.begin(order));
  receive = (message) => obey(message, executor, outbox);
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

function obey(message: ToChild, executor: Executor, outbox: Outbox): void {
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
      channel.unref();
      if (process.connected) process.disconnect();
      later(() => exit(0), LEFTOVERS_MS).unref();
  }
}

/** Starts are in the pipe before a handler runs: should it end or block this process, the supervisor knows whom to blame. */
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
      for (const say of lastLines) say();
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
