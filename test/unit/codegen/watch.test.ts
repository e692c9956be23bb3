import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Watch, type WatchOptions, type WatchRun, watch } from "#codegen/index.js";
import { Project, schemaText } from "../../support/processes/project.js";
import { until } from "../../support/waiting.js";

/** A schema with tasks of these names. */
const schema = (...tasks: readonly string[]) =>
  schemaText(`a: { tasks: { ${tasks.map((task) => `${task}: {}`).join(", ")} } }`);

describe("the watch of codegen", () => {
  let project: Project;
  let watching: Watch | undefined;
  let runs: WatchRun[];

  beforeEach(() => {
    project = new Project();
    runs = [];
    project.write("schema/app.yaml", schema("one"));
  });
  afterEach(async () => {
    await watching?.close();
    watching = undefined;
    project[Symbol.dispose]();
  });

  async function start(options: Partial<WatchOptions> = {}): Promise<void> {
    const { onRun, ...rest } = options;
    watching = await watch({
      settings: () => ({ schema: "schema", out: "out" }),
      cwd: project.folder,
      ...rest,
      onRun: (run) => {
        runs.push(run);
        onRun?.(run);
      },
    });
  }
  /** Resolves when the last run read this number of tasks, or found problems. */
  const ranWith = (expected: number | "problems") =>
    until(() => {
      const outcome = runs.at(-1)?.outcome;
      if (outcome?.kind !== "ran") return false;
      const { result } = outcome;
      return result.kind === "written" ? result.tasks === expected : result.kind === expected;
    });
  const named = (task: string) => until(() => project.read("out/namespaces/a.ts").includes(`"a.${task}"`));

  test("runs again when a file is emptied, read so, and written just after the run", async () => {
    let empties = 0;
    await start({
      onRun: ({ outcome }) => {
        if (outcome.kind !== "ran" || outcome.result.kind !== "problems") return;
        empties += 1;
        project.write("schema/app.yaml", schema(...Array.from({ length: empties + 1 }, (_, at) => `task_${at}`)));
      },
    });
    for (const tasks of [2, 3, 4]) {
      project.write("schema/app.yaml", "");
      await ranWith(tasks);
    }
    expect(empties).toBe(3);
    expect(runs.slice(1).every(({ causes }) => causes.join() === "schema/app.yaml")).toBe(true);
  });

  test("runs again when a file is written while a run that has read it is under way", async () => {
    let asked = 0;
    await start({
      settings: () => {
        asked += 1;
        const tasks = ["one", "two", "three", "four"].slice(0, asked);
        // The run reads the schema in this turn of the event loop, and writes later.
        setImmediate(() => project.write("schema/app.yaml", schema(...tasks)));
        return { schema: "schema", out: "out" };
      },
    });
    await ranWith(4);
  });

  test("runs again after a write that keeps the size and the time of a file, in place or by another file", async () => {
    const { atime, mtime } = statSync(project.path("schema/app.yaml"));
    await start();
    project.write("schema/app.yaml", schema("two"));
    utimesSync(project.path("schema/app.yaml"), atime, mtime);
    await named("two");
    project.write("new", schema("six"));
    utimesSync(project.path("new"), atime, mtime);
    renameSync(project.path("new"), project.path("schema/app.yaml"));
    await named("six");
  });

  test("runs again when the folder of the schema is removed and made again at once, replaced, moved away and back", async () => {
    await start();
    for (const tasks of [["a", "b"], ["a", "b", "c"], ["a"]]) {
      rmSync(project.path("schema"), { recursive: true });
      project.write("schema/app.yaml", schema(...tasks));
      await ranWith(tasks.length);
    }
    project.write("other/app.yaml", schema("a", "b"));
    renameSync(project.path("schema"), project.path("away"));
    renameSync(project.path("other"), project.path("schema"));
    await ranWith(2);
    renameSync(project.path("schema"), project.path("other"));
    await ranWith("problems");
    renameSync(project.path("other"), project.path("schema"));
    await ranWith(2);
    project.write("schema/app.yaml", schema("a", "b", "c"));
    await ranWith(3);
  });

  test("waits for a folder of the schema that does not exist yet, below one that does not either", async () => {
    await start({ settings: () => ({ schema: "not/yet", out: "out" }) });
    await ranWith("problems");
    mkdirSync(project.path("not"));
    project.write("not/yet/app.yaml", schema("one"));
    await ranWith(1);
    project.write("not/yet/sub/more.yml", "taskwire: 1\nnamespaces: { b: { tasks: { two: {}, three: {} } } }\n");
    await ranWith(3);
  });

  test("runs again when a link leads to another file or folder, as in a mounted ConfigMap", async () => {
    project.write("v1/app.yaml", schema("one"));
    project.write("v2/app.yaml", schema("two"));
    project.write("v3/app.yaml", schema("six"));
    rmSync(project.path("schema/app.yaml"));
    symlinkSync(project.path("v1"), project.path("schema/..data"));
    symlinkSync("..data/app.yaml", project.path("schema/app.yaml"));
    await start();
    await named("one");
    symlinkSync(project.path("v2"), project.path("schema/..new"));
    renameSync(project.path("schema/..new"), project.path("schema/..data"));
    await named("two");
    symlinkSync(project.path("v3/app.yaml"), project.path("new"));
    renameSync(project.path("new"), project.path("schema/app.yaml"));
    await named("six");
  });

  test("runs again when the configuration changes after it was read, and follows it to another folder", async () => {
    project.write("folder", "schema");
    project.write("moved/app.yaml", schema("a", "b"));
    let asked = 0;
    await start({
      configuration: [project.path("folder")],
      settings: () => {
        const found = { schema: project.read("folder"), out: "out" };
        asked += 1;
        // The settings are asked for once more before the first run, when it is known what they name.
        if (asked === 2) project.write("folder", "moved");
        return found;
      },
    });
    await ranWith(2);
    expect(runs.map(({ causes }) => causes)).toEqual([[], ["folder"]]);
    project.write("moved/app.yaml", schema("a", "b", "c"));
    await ranWith(3);
  });

  test("ignores files that are not of the schema, such as those of editors and in folders with a dot", async () => {
    await start();
    project.write("schema/.git/a.yaml", "x");
    project.write("schema/.#app.yaml", "x");
    project.write("schema/notes.txt", "x");
    project.write("beside.yaml", "x");
    project.write("schema/app.yaml", schema("one", "two"));
    await ranWith(2);
    expect(runs.map(({ causes }) => causes)).toEqual([[], ["schema/app.yaml"]]);
  });

  test("settles before it runs: files of one checkout are one run", async () => {
    await start();
    for (const name of ["b", "c", "d"])
      project.write(`schema/${name}.yaml`, `taskwire: 1\nnamespaces: { ${name}: { tasks: { two: {} } } }\n`);
    await ranWith(4);
    expect(runs.map(({ causes }) => causes)).toEqual([[], ["schema/b.yaml", "schema/c.yaml", "schema/d.yaml"]]);
  });
});
