import { renameSync, rmSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Running, run } from "../support/processes/command.js";
import { Project, schemaText } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const A = "a: { tasks: { one: {} } }";
let project: Project;
let watching: Running | undefined;

beforeEach(() => {
  project = new Project();
  project.write("package.json", JSON.stringify({ taskwire: { schema: "schema", out: "out" } }));
  project.write("schema/app.yaml", schemaText(A));
});

afterEach(async () => {
  await watching?.kill();
  project[Symbol.dispose]();
});

describe("taskwire codegen --watch", () => {
  it("runs after each change of schema and configuration, continues after a problem, and ends at SIGTERM", async () => {
    const process = run(["codegen", "--watch"], {}, project.folder);
    watching = process;
    let seen = 0;
    /** Waits for what it says next. */
    const says = async (line: RegExp) => {
      const match = await until(() => line.exec(process.said().slice(seen)) ?? undefined);
      seen += match.index + match[0].length;
    };
    // One goes to standard output and one to standard error: in any order.
    await until(() => process.said().includes("watching for changes"));
    await until(() => /6 files in out: 6 written, 0 unchanged, 0 removed in \d+ ms\n/.test(process.said()));
    seen = process.said().length;

    const before = statSync(project.path("out/types.ts")).mtimeMs;
    project.edit("schema/app.yaml", (text) => `${text}  b: { tasks: { two: {} } }\n`);
    await says(/schema\/app\.yaml: 7 files in out: 4 written, 3 unchanged, 0 removed in \d+ ms\n/);
    expect(statSync(project.path("out/types.ts")).mtimeMs).toBe(before);

    project.edit("schema/app.yaml", (text) => text.replace("two: {}", "two: { retry: gone }"));
    await says(/schema\/app\.yaml:5:\d+: namespaces\.b\.tasks\.two\.retry: unknown retry policy.*\n/);
    await says(/1 problem in the schema; nothing was written/);
    project.edit("schema/app.yaml", (text) => text.replace("two: { retry: gone }", "two: {}"));
    await says(/schema\/app\.yaml: 7 files in out: 0 written, 7 unchanged/);

    project.write("schema/more/c.yml", "taskwire: 1\nnamespaces:\n  c: { tasks: {} }\n");
    await says(/schema\/more\/c\.yml: 8 files in out: 4 written/);
    rmSync(project.path("schema/more/c.yml"));
    await says(/schema\/more\/c\.yml: 7 files in out: 3 written, 4 unchanged, 1 removed/);

    renameSync(project.path("schema"), project.path("away"));
    await says(/schema:1:1: expected a folder with \*\.yaml files, got nothing/);
    renameSync(project.path("away"), project.path("schema"));
    await says(/7 files in out: 0 written, 7 unchanged/);

    // As editors save: a new file takes the place of the old one.
    project.write("new.json", '{ "compilerOptions": { "allowImportingTsExtensions": true } }');
    renameSync(project.path("new.json"), project.path("tsconfig.json"));
    await says(/tsconfig\.json: 7 files in out: [1-7] written/);
    expect(project.read("out/index.ts")).toContain('"./namespaces/a.ts"');

    project.write("package.json", '{ "taskwire": { "out": 7 } }');
    await says(/expected \{ schema, out, handlers \} as strings/);
    project.write("package.json", JSON.stringify({ taskwire: { schema: "schema", out: "other" } }));
    await says(/package\.json: 7 files in other: 7 written/);
    project.edit("schema/app.yaml", (text) => `${text}  d: { tasks: {} }\n`);
    await says(/schema\/app\.yaml: 8 files in other: 4 written/);

    expect(await process.stop()).toBe(0);
  }, 180_000);
});
