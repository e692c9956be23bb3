import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { transpileModule } from "typescript";
import { describe, expect, it } from "vitest";
import type { LogFields, Logger } from "#runtime/base/logger.js";
import { Project } from "../../support/processes/project.js";
import { eventually, outcome, start } from "./support.js";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function hearing(): { lines: Line[]; log: Logger } {
  const lines: Line[] = [];
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return { lines, log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") } };
}

/** Its lines are counted below. */
const SOURCE = `import type { TaskRun } from "taskwire/worker";
interface Settings {
  host: string;
}

const hostOf = (settings: Settings | undefined): string => settings!.host;

let trouble = false;
setInterval(() => {
  if (!trouble) return;
  trouble = false;
  throw new RangeError("whose am I");
}, 5).unref();

const spec = (name: string) => ({
  key: name, name, namespace: "t", application: "test", hash: "1", processingDeadline: 30_000,
});

const handlers: Record<string, (run: TaskRun) => unknown> = {
  "t.typo": () => hostOf(undefined),
  "t.caused": async () => {
    try {
      hostOf(undefined);
    } catch (cause) {
      throw new Error("no host", { cause });
    }
  },
  "t.floating": (run) => {
    void Promise.reject(new RangeError("nobody awaits me"));
    return new Promise((resolve) => run.signal.addEventListener("abort", resolve));
  },
  "t.waits": (run) => new Promise((resolve) => run.signal.addEventListener("abort", resolve)),
  "t.foreign": (run) => {
    trouble = true;
    return new Promise((resolve) => run.signal.addEventListener("abort", resolve));
  },
  "t.said": (run) => {
    run.log.info("first");
    console.log("second");
    process.stdout.write("third\\n");
    console.error("fourth");
    throw new Error("last");
  },
  "t.fine": () => console.log("done"),
};

const prepare = (handler: (run: TaskRun) => unknown) => async () => handler;
export default {
  kind: "taskwire.registry",
  application: "test",
  tasks: new Map(Object.entries(handlers).map(([name, each]) => [name, { facts: spec(name), prepare: prepare(each) }])),
};
`;

const project = new Project(true);
const module = join(project.folder, "handlers.mjs");
const compilerOptions = { module: 99, target: 9, inlineSourceMap: true, inlineSources: true } as const;
const { outputText } = transpileModule(SOURCE, { fileName: "handlers.mts", compilerOptions });
writeFileSync(module, outputText);

const lineOf = (text: string) => SOURCE.slice(0, SOURCE.indexOf(text)).split("\n").length;

for (const isolation of ["process", "none"] as const) {
  // In this process the test runner has its own way with stacks.
  const at = (text: string) => (isolation === "none" ? "handlers.mjs:" : `handlers.mts:${lineOf(text)}:`);
  describe(`a handler's error with isolation ${isolation}`, () => {
    it("has its stack, by the lines of its source, and its causes, in the log and in the outcome", async () => {
      const { lines, log } = hearing();
      const { broker } = await start({ handlersModule: module, isolation, log });
      const id = broker.add("t.caused");
      const { error } = await outcome(broker, id).then((found) => ({ error: "error" in found ? found.error : "" }));
      const line = lines.find(({ fields }) => fields.id === id);
      expect(line?.fields).toMatchObject({ task: "t.caused", error: "Error: no host" });
      for (const text of [error, String(line?.fields.stack)]) {
        const said = text.split("\n");
        expect(said[0]).toBe("Error: no host");
        expect(said[1]).toContain(at("throw new Error"));
        const cause = said.findIndex((each) => each.startsWith("  [cause] TypeError: Cannot read properties"));
        expect(said[cause + 1]).toContain(at("settings!.host"));
        expect(text).not.toContain("executor");
      }
    });
  });
}

describe("an error outside a handler's promise", () => {
  it("is logged with the task and the id, and fails the run with its stack", async () => {
    const { lines, log } = hearing();
    const { broker } = await start({ handlersModule: module, log });
    const id = broker.add("t.floating");
    expect(await outcome(broker, id)).toMatchObject({
      kind: "failure",
      error: expect.stringContaining("handlers.mts:"),
    });
    const [line, next] = lines.filter(({ fields }) => fields.id === id);
    expect(line).toMatchObject({
      level: "error",
      message: "unhandled rejection in a child process",
      fields: { task: "t.floating", attempt: 1, error: "RangeError: nobody awaits me" },
    });
    expect(line?.fields.stack).toContain(`handlers.mts:${lineOf("nobody awaits me")}:`);
    expect(next?.message).toBe("attempt 1 failed, not retried");
  });
});

describe("an error whose context belongs to no run", () => {
  it("is logged with the runs that it may belong to", async () => {
    const { lines, log } = hearing();
    const { broker } = await start({ handlersModule: module, log, concurrency: 2 });
    const ids = [broker.add("t.waits", {}, { deadline: 5000 }), broker.add("t.foreign", {}, { deadline: 5000 })];
    const line = await eventually(() => {
      const found = lines.find(({ message }) => message === "uncaught exception in a child process");
      if (found === undefined) throw new Error("no line yet");
      return found;
    });
    expect(line.fields).toMatchObject({
      error: "RangeError: whose am I",
      running: [`t.waits ${ids[0]}`, `t.foreign ${ids[1]}`],
    });
  });
});

describe("the lines of a run", () => {
  it("precede the line of its outcome, in the order in which they were written", async () => {
    const said: string[] = [];
    const add = (message: string) => void said.push(message);
    const log: Logger = { debug: add, info: add, warn: add, error: add };
    const { broker } = await start({ handlersModule: module, log, output: (line) => said.push(line) });
    await outcome(broker, broker.add("t.said"));
    const own = await eventually(() => {
      const own = said.filter((line) => /^(first|second|third|fourth|attempt)/.test(line));
      expect(own).toHaveLength(5);
      return own;
    });
    expect(own).toEqual(["first", "second", "third", "fourth", "attempt 1 failed, not retried"]);
  });

  it("end with how long it took, if completions are logged", async () => {
    const { lines, log } = hearing();
    const { broker } = await start({ handlersModule: module, log, completions: "info", output: () => {} });
    const id = broker.add("t.fine");
    await outcome(broker, id);
    const [line] = lines.filter(({ fields }) => fields.id === id);
    expect(line?.message).toMatch(/^completed in \d+ ms$/);
    expect(line).toMatchObject({ level: "info", fields: { id, task: "t.fine", attempt: 1 } });
  });
});
