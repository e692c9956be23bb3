import { TaskwireError } from "taskwire";

/** The demo cannot continue. */
export class DemoError extends TaskwireError {
  constructor(message: string, options?: ErrorOptions) {
    super("demo", message, options);
  }
}

/** A process of the demo ended unexpectedly, or did not become ready in time. */
export class ProcessError extends TaskwireError {
  readonly process: string;
  /** Its last output, newest last. */
  readonly lines: readonly string[];

  constructor(process: string, problem: string, lines: readonly string[]) {
    const output =
      lines.length === 0 ? "it printed nothing" : `its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
    super("demo_process", `the ${process} ${problem}; ${output}`);
    this.process = process;
    this.lines = lines;
  }
}
