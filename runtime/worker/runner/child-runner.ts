import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { handlerNodeOptions } from "../../base/process/node-options.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../wire/limits.js";
import { CHANNEL_DESCRIPTOR, CONTROL_DESCRIPTOR } from "../channel/child-end.js";
import { type LogLine, parseLogLine } from "../channel/log-lines.js";
import { WorkerEnd } from "../channel/worker-end.js";
import type { AbortReason } from "../child/abort-reason.js";
import { isFromChild, isTakenBack } from "../child/message-checks.js";
import type { Fault, FromChild, RegistryFacts, TakeBack, ToChild, Vitals } from "../child/messages.js";
import { packOrders } from "../child/packed-orders.js";
import type { RunOrder } from "../child/result.js";
import { killGroup, startLeader, startProblem } from "./child-process.js";
import type { HandlersModule } from "./handlers-module.js";
import type { Runner, RunnerEnd, RunnerEvents } from "./runner.js";

const MAIN = fileURLToPath(new URL("../child/main.js", import.meta.url));
/** Grace for a child to end after `end`, milliseconds. */
const END_MS = 2000;
/** How long the output of an ended child is read, milliseconds. */
const LAST_LINES_MS = 100;
/** Grace for a child to end after its pipes closed, milliseconds: without them it is of no use. */
const PIPES_CLOSED_MS = 1000;
/** A killed process that the system has not ended within this time runs no code and is given up, milliseconds. */
const GIVEN_UP_MS = 10_000;

export interface ChildEvents extends RunnerEvents {
  /** As RunnerOwner.takenBack. */
  takenBack(taken: readonly number[], begun: readonly number[]): void;
  /** An error outside any task run; the runner should be replaced. */
  fault(fault: Fault): void;
  /** The handlers module is loaded; orders may be given. */
  ready(registry: RegistryFacts): void;
  /** The handlers module does not load or is invalid. The process ends by itself. */
  refused(problem: string): void;
  /** Every second, unless the process is blocked. */
  vitals(vitals: Vitals): void;
  /** A handler's line for the log. */
  log(line: LogLine): void;
  /** A line that its handlers wrote. Absent: they write to this process's stdout and stderr. */
  output?(line: string, stream: "stdout" | "stderr"): void;
}

/** A child process with the handlers module loaded in it. */
export class ChildRunner implements Runner {
  readonly slots: number;
  readonly #process: ChildProcess | undefined;
  readonly #channel: WorkerEnd | undefined;
  readonly #control: WorkerEnd | undefined;
  readonly #events: ChildEvents;
  /** Runs given to it so far. */
  tasks = 0;
  /** The last vitals received. */
  vitals: Vitals | undefined;
  #asked = false;
  #exiting = false;
  #culprit: number | undefined;
  #gone = false;
  #givenUp: NodeJS.Timeout | undefined;

  constructor(
    module: HandlersModule,
    slots: number,
    environment: Readonly<Record<string, string>>,
    heapArguments: readonly string[],
    events: ChildEvents,
  ) {
    this.slots = slots;
    this.#events = events;
    const written = events.output === undefined ? "inherit" : "pipe";
    const output = events.output === undefined ? "" : "lines";
    try {
      this.#process = startLeader(MAIN, [module.url, String(process.pid), String(slots), output], {
        serialization: "advanced",
        stdio: ["ignore", written, written, "ipc", "pipe", "pipe"],
        execArgv: [...module.nodeArguments, ...heapArguments],
        env: { ...process.env, NODE_OPTIONS: handlerNodeOptions(process.env.NODE_OPTIONS), ...environment },
      });
    } catch (error) {
      setImmediate(() => this.#end(startProblem(error), null));
      return;
    }
    this.#process.on("error", (error) => {
      if (this.pid === undefined) this.#end(startProblem(error), null);
    });
    this.#process.on("close", (code, signal) =>
      this.#end(signal === null ? `exit code ${code}` : `signal ${signal}${HINTS.get(signal) ?? ""}`, signal),
    );
    // If no descriptors were left, there is no process and no pipes to it.
    if (this.pid === undefined) return;
    const stdio: readonly unknown[] = this.#process.stdio;
    const closed = () => void setTimeout(() => this.#kill(), PIPES_CLOSED_MS).unref();
    const receive = (message: unknown) => {
      if (isFromChild(message)) this.#receive(message);
    };
    const answer = (message: unknown) => {
      if (isTakenBack(message)) this.#events.takenBack(message.taken, message.begun);
    };
    this.#channel = new WorkerEnd(stdio[CHANNEL_DESCRIPTOR], receive, closed);
    this.#control = new WorkerEnd(stdio[CONTROL_DESCRIPTOR], answer, closed);
    this.#readProgramOutput();
  }

  get name(): string {
    return String(this.pid ?? "not started");
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  run(orders: readonly RunOrder[]): void {
    for (const order of orders) {
      this.tasks += 1;
      order.order = this.tasks;
    }
    for (let from = 0; from < orders.length; ) {
      const end = batchEnd(orders, from);
      this.#send({ kind: "run", ...packOrders(orders.slice(from, end)) });
      from = end;
    }
  }

  takeBack(orders: readonly RunOrder[]): void {
    const asked: TakeBack = { runs: orders.map(({ run }) => run), orders: orders.map(({ order = 0 }) => order) };
    this.#control?.send(asked);
  }

  abort(runs: readonly number[] | "all", reason: AbortReason): void {
    this.#send({ kind: "abort", runs, reason });
  }

  end(): void {
    this.#asked = true;
    this.#send({ kind: "end" });
    const timer = setTimeout(() => this.kill(), END_MS);
    this.#process?.once("close", () => clearTimeout(timer));
  }

  kill(): void {
    this.#asked = true;
    this.#kill();
    this.#givenUp ??= setTimeout(() => this.#end("killed, but not ended by the system", "SIGKILL"), GIVEN_UP_MS);
  }

  #kill(): void {
    const child = this.#process;
    // The pid of a process that has ended may belong to another one.
    if (child !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child);
  }

  /** Reads the output of programs that the handlers started; the handlers' own lines come over the channel. */
  #readProgramOutput(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const lines = this.#process?.[stream] ?? null;
      if (lines === null) continue;
      createInterface(lines).on("line", (line) => this.#events.output?.(line, stream));
      // A program outside the child's group may keep the pipe open after the child has ended.
      this.#process?.once("exit", () => setTimeout(() => lines.destroy(), LAST_LINES_MS).unref());
    }
  }

  #send(message: ToChild): void {
    this.#channel?.send(message);
  }

  #receive(message: FromChild): void {
    switch (message.kind) {
      case "ready":
        this.#events.ready(message.registry);
        break;
      case "refused":
        this.#events.refused(message.problem);
        break;
      case "report":
        this.#events.report(message);
        break;
      case "vitals":
        this.vitals = message;
        this.#events.vitals(message);
        break;
      case "log":
        this.#log(message.text);
        break;
      case "output":
        this.#events.output?.(message.line, message.stream);
        break;
      case "fault":
        this.#events.fault(message);
        break;
      case "exiting":
        this.#exiting = true;
        this.#culprit = message.run;
    }
  }

  #log(text: string): void {
    const line = parseLogLine(text);
    if (line !== undefined) this.#events.log(line);
  }

  #end(how: string, signal: NodeJS.Signals | null): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#givenUp);
    const outside = signal === "SIGKILL" && !this.#exiting;
    const end: RunnerEnd = { how, asked: this.#asked, culprit: this.#culprit, outside };
    this.#events.gone(end);
  }
}

const HEAP = ": process.abort(), or the heap reached its limit";
const HINTS: ReadonlyMap<NodeJS.Signals, string> = new Map([
  ["SIGABRT", HEAP],
  ["SIGTRAP", HEAP],
]);

/** The end of a batch: after 64 activations or 1 MiB; a larger activation is a batch of its own. */
function batchEnd(orders: readonly RunOrder[], from: number): number {
  let bytes = 0;
  let end = from;
  while (end < orders.length && end - from < BATCH_ACTIVATIONS) {
    bytes += orders[end]?.activation.length ?? 0;
    if (bytes > BATCH_BYTES && end > from) break;
    end += 1;
  }
  return end;
}
