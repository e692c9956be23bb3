import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { childNodeOptions } from "../../base/node-options.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../wire/limits.js";
import { LOG_DESCRIPTOR, type LogLine, parseLogLine } from "../child/log-pipe.js";
import {
  type FromChild,
  isFromChild,
  packOrders,
  type RegistryFacts,
  type ToChild,
  type Vitals,
} from "../child/messages.js";
import type { RunOrder } from "../child/result.js";
import type { HandlersModule } from "../handlers-module.js";
import type { Runner, RunnerEnd, RunnerEvents } from "./runner.js";

const MAIN = fileURLToPath(new URL("../child/main.js", import.meta.url));
/** A child that was told to end has this long, milliseconds. */
const END_MS = 2000;
/** What an ended child has written is read within this, milliseconds. */
const LAST_LINES_MS = 100;

/** A process that ends in whatever way takes its children along: none waits for its watchdog. */
const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export interface ChildEvents extends RunnerEvents {
  /** The handlers module is loaded; orders may be given. */
  ready(registry: RegistryFacts): void;
  /** The handlers module does not load, or is none. The process ends by itself. */
  refused(problem: string): void;
  /** Every second, unless the process is blocked. */
  vitals(vitals: Vitals): void;
  /** A handler's line for the log. */
  log(line: LogLine): void;
  /** A line of what its handlers write. Absent: they write to this process's stdout and stderr. */
  output?(line: string, stream: "stdout" | "stderr"): void;
}

/** A child process with the handlers module loaded in it. */
export class ChildRunner implements Runner {
  readonly slots: number;
  readonly #process: ChildProcess;
  readonly #events: ChildEvents;
  /** Runs given to it so far. */
  tasks = 0;
  /** The last it told. */
  vitals: Vitals | undefined;
  #asked = false;
  #exiting = false;
  #culprit: number | undefined;
  #gone = false;

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
    this.#process = fork(MAIN, [module.url, String(process.pid)], {
      serialization: "advanced",
      stdio: ["inherit", written, written, "ipc", "pipe"],
      execArgv: [...module.nodeArguments, ...heapArguments],
      env: { ...process.env, NODE_OPTIONS: childNodeOptions(process.env.NODE_OPTIONS), ...environment },
    });
    alive.add(this.#process);
    this.#process.on("message", (message: unknown) => {
      if (isFromChild(message)) this.#receive(message);
    });
    const lines = this.#process.stdio[LOG_DESCRIPTOR];
    if (lines instanceof Readable) createInterface(lines).on("line", (text) => this.#say(text));
    this.#listen();
    this.#process.on("error", (error) => this.#end(`could not be started: ${error.message}`, null));
    this.#process.on("close", (code, signal) =>
      this.#end(signal === null ? `exit code ${code}` : `signal ${signal}${HINTS.get(signal) ?? ""}`, signal),
    );
  }

  get name(): string {
    return String(this.#process.pid ?? "not started");
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  run(orders: readonly RunOrder[]): void {
    this.tasks += orders.length;
    for (let from = 0; from < orders.length; ) {
      const end = batchEnd(orders, from);
      this.#send({ kind: "run", ...packOrders(orders.slice(from, end)) });
      from = end;
    }
  }

  abort(runs: readonly number[] | "all", reason: "stopping" | "claim_lost"): void {
    this.#send({ kind: "abort", runs, reason });
  }

  end(): void {
    this.#asked = true;
    this.#send({ kind: "end" });
    const timer = setTimeout(() => this.kill(), END_MS);
    this.#process.once("close", () => clearTimeout(timer));
  }

  kill(): void {
    this.#asked = true;
    this.#process.kill("SIGKILL");
  }

  #listen(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const lines = this.#process[stream];
      if (lines === null) continue;
      createInterface(lines).on("line", (line) => this.#events.output?.(line, stream));
      // A process that the handlers started may hold the pipe open for longer than the child lives.
      this.#process.once("exit", () => setTimeout(() => lines.destroy(), LAST_LINES_MS).unref());
    }
  }

  #send(message: ToChild): void {
    // A message that does not arrive is answered by the child's end: everything it had is handed on then.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #say(text: string): void {
    const line = parseLogLine(text);
    if (line !== undefined) this.#events.log(line);
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
      case "fault":
        this.#events.fault(message.error, message.run);
        break;
      case "exiting":
        this.#exiting = true;
        this.#culprit = message.run;
    }
  }

  #end(how: string, signal: NodeJS.Signals | null): void {
    if (this.#gone) return;
    this.#gone = true;
    alive.delete(this.#process);
    const outside = signal === "SIGKILL" && !this.#exiting;
    const end: RunnerEnd = { how, asked: this.#asked, culprit: this.#culprit, outside };
    this.#events.gone(end);
  }
}

const HEAP = ": process.abort(), or its heap reached its limit";
const HINTS: ReadonlyMap<NodeJS.Signals, string> = new Map([
  ["SIGABRT", HEAP],
  ["SIGTRAP", HEAP],
]);

/** A batch ends at 64 activations or 1 MiB; one larger activation travels alone. */
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
