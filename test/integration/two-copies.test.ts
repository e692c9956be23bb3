import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Project } from "../support/processes/project.js";

const ROOT = resolve(import.meta.dirname, "../..");

const TASKS = `
import * as $ from "taskwire/generated";
export { currentTask, PermanentError, TaskwireError } from "taskwire";
const topic = { name: "work", cluster: "local", partitions: 1, deadLetter: "work-dlq", retry: "work" };
const environment = {
  name: "local", clusters: [{ name: "local", kind: "sqlite", file: "log.db" }], topics: [topic],
  routes: [{ namespace: "*", topic: "work" }], pools: [],
};
export const echo = $.task({
  key: "misc.echo", name: "misc.echo", namespace: "misc", application: "demo", hash: "", processingDeadline: 30000,
  parameters: () => $.record({ text: $.z.string() }), environments: () => ({ local: environment }),
});
`;

/** An application with one copy of the package, and its package of tasks with another. */
let project: Project;

beforeAll(() => {
  project = new Project();
  const packages = readdirSync(join(ROOT, "node_modules")).filter(
    (name) => name !== "taskwire" && !name.startsWith("."),
  );
  for (const at of [".", "tasks"]) {
    const modules = project.path(join(at, "node_modules"));
    mkdirSync(join(modules, "taskwire"), { recursive: true });
    for (const name of packages) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    for (const part of ["package.json", "dist"])
      cpSync(join(ROOT, "runtime", part), join(modules, "taskwire", part), { recursive: true });
    project.write(join(at, "package.json"), JSON.stringify({ type: "module" }));
  }
  project.write("tasks/index.js", TASKS);
});

afterAll(() => project[Symbol.dispose]());

async function run(name: string, program: string) {
  project.write(`${name}.mjs`, program);
  return project.node([`${name}.mjs`], { env: { NODE_ENV: "production", TASKWIRE_ENV: "", TASKWIRE_DATA: "" } });
}

it("connect() of one copy is where the tasks of another send to", async () => {
  const { out, err } = await run(
    "connect",
    `import { connect } from "taskwire";
     import { existsSync } from "node:fs";
     import { echo } from "./tasks/index.js";
     const client = await connect("local", { dataFolder: "chosen" });
     console.log((await echo.delay({ text: "x" }, { id: "one" })).id, existsSync("chosen/log.db"), existsSync(".taskwire"));
     await client.close();`,
  );
  expect({ out, err }).toEqual({ out: "one true false\n", err: "" });
});

it("recordTasks() of one copy keeps the tasks of another from being sent", async () => {
  const { out, err } = await run(
    "record",
    `import { expectDelayed, recordTasks } from "taskwire/testing";
     import { existsSync } from "node:fs";
     import { echo } from "./tasks/index.js";
     process.env.TASKWIRE_ENV = "local";
     const recorded = recordTasks();
     await echo.delay({ text: "x" });
     console.log(recorded.all.length, existsSync(".taskwire"), expectDelayed(echo, { text: "x" }) !== undefined);`,
  );
  expect({ out, err }).toEqual({ out: "1 false true\n", err: "" });
});

it("hooks, the current run and errors of one copy are known to another", async () => {
  const { out, err } = await run(
    "rest",
    `import { addHooks, currentTask, PermanentError, TaskwireError } from "taskwire";
     import { recordTasks } from "taskwire/testing";
     import * as other from "./tasks/index.js";
     import { withinRun } from ${JSON.stringify("./node_modules/taskwire/dist/activation/current-run.js")};
     import { RunScope } from ${JSON.stringify("./node_modules/taskwire/dist/activation/run-scope.js")};
     addHooks({ dispatch: () => ({ heard: "yes" }) });
     const recorded = recordTasks();
     await other.echo.delay({ text: "x" });
     console.log(JSON.stringify(recorded.all[0].headers));
     const run = { id: "r" };
     console.log(withinRun(new RunScope(run), () => other.currentTask() === run && currentTask() === run));
     class Mine extends PermanentError {}
     class Others extends other.PermanentError {}
     const error = new other.PermanentError("x");
     console.log(other.PermanentError === PermanentError, error instanceof PermanentError, error instanceof TaskwireError,
       new Others("x") instanceof PermanentError, error instanceof Mine, new Others("x") instanceof Mine,
       new Mine("x") instanceof Mine, new Error("x") instanceof PermanentError, null instanceof TaskwireError);
     const refused = await other.echo.delay({}).catch((thrown) => thrown);
     console.log(refused instanceof TaskwireError, refused.code);`,
  );
  expect(err).toBe("");
  expect(out.split("\n")).toEqual([
    '{"heard":"yes"}',
    "true",
    "false true true true false false true false false",
    "true bad_parameters",
    "",
  ]);
});

it("a copy that shares in another form is refused at the first use, and both are named", async () => {
  const file = project.path("tasks/node_modules/taskwire/dist/base/shared.js");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, before.replace("const FORM = 1;", "const FORM = 2;"));
  try {
    const { out } = await run(
      "forms",
      `import { echo } from "./tasks/index.js";
       import { addHooks, connect } from "taskwire";
       const { version } = (await import("taskwire/package.json", { with: { type: "json" } })).default;
       for (const call of [() => connect("local"), async () => addHooks({}), () => echo.delay({ text: "x" })])
         await call().catch(({ code, message }) => console.log(code, message.replaceAll(version, "VERSION")));`,
    );
    const lines = out.trim().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatch(/^two_copies two copies of taskwire are loaded that cannot share their state/);
      for (const at of ["node_modules/taskwire/", "tasks/node_modules/taskwire/"])
        expect(line).toContain(`VERSION in ${project.path(at)}`);
    }
  } finally {
    writeFileSync(file, before);
  }
});
