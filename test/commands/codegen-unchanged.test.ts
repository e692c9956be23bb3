import { createHash } from "node:crypto";
import { rmSync, statSync, utimesSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMAND } from "../support/processes/command.js";
import { Project, schemaText } from "../support/processes/project.js";

const A = "a: { tasks: { one: { parameters: { id: int } } } }";
const B = "b: { tasks: { two: { schedule: { every: 60 } } } }";
const CURRENT = /^7 files in generated: 0 written, 7 unchanged, 0 removed in \d+ ms\n$/;
let project: Project;

beforeEach(async () => {
  project = new Project();
  project.write("package.json", "{}");
  project.write("tsconfig.base.json", '{ "compilerOptions": { "strict": true } }');
  project.write("tsconfig.json", '{ // ours\n  "extends": "./tsconfig.base.json" }');
  project.write("schema/app.yaml", schemaText(A, B));
  // At the end of a process: whether it has loaded the compiler.
  project.write(
    "loads.mjs",
    `import { createRequire } from "node:module";
     const { cache } = createRequire(import.meta.url);
     const loads = () => Object.keys(cache).some((file) => /[\\\\/](ts-morph|typescript)[\\\\/]/.test(file));
     process.on("exit", () => process.stderr.write(loads() ? "compiler loaded\\n" : "no compiler\\n"));`,
  );
  await project.codegen();
});

afterEach(() => project[Symbol.dispose]());

const run = (...args: readonly string[]) =>
  project.node(["--import", pathToFileURL(project.path("loads.mjs")).href, COMMAND, ...args]);

describe("a command that has nothing to write loads no compiler", () => {
  it.each([
    ["codegen", CURRENT],
    ["codegen --check", /^generated is current\n$/],
    ["lint", /^$/],
    ["breaking --against generated", /^against generated\/taskwire\.json: nothing breaks\n$/],
  ])("taskwire %s", async (command, out) => {
    const said = await run(...command.split(" "));
    expect(said).toMatchObject({ code: 0, out: expect.stringMatching(out) });
    expect(said.err).toMatch(/^(taskwire: no warnings\n)?no compiler\n$/);
  });

  it("and one that writes a file parses it with the compiler first", async () => {
    project.edit("schema/app.yaml", (text) => text.replace("id: int", "id: string"));
    expect(await run("codegen")).toMatchObject({ code: 0, err: "compiler loaded\n" });
  });
});

/** Each with the paths that the next run writes and removes. */
const CASES: Readonly<Record<string, () => { readonly written: readonly string[]; readonly removed?: string[] }>> = {
  "a hand edit that keeps the size and the time of a generated file": () => {
    const file = "generated/namespaces/a.ts";
    const { atime, mtime } = statSync(project.path(file));
    project.edit(file, (text) => text.replace("id: number", "id: bigint"));
    utimesSync(project.path(file), atime, mtime);
    return { written: ["namespaces/a.ts"] };
  },
  "a generated file that is gone": () => {
    rmSync(project.path("generated/registry.ts"));
    return { written: ["registry.ts"] };
  },
  "a model that is gone": () => {
    rmSync(project.path("generated/taskwire.json"));
    return { written: ["taskwire.json"] };
  },
  "a generated file of a namespace that does not exist": () => {
    project.write("generated/namespaces/c.ts", project.read("generated/namespaces/a.ts"));
    return { written: [], removed: ["namespaces/c.ts"] };
  },
  "what another version of the generator wrote, with the hash that fits": () => {
    const file = "generated/namespaces/b.ts";
    project.edit(file, (text) => text.replace("/* eslint-disable */", "/* tslint:disable */"));
    const hash = createHash("sha256");
    for (const [name, text] of Object.entries(project.tree("generated"))) {
      if (name.endsWith(".ts")) hash.update(`${name.slice("generated/".length)}\0${text}\0`);
    }
    const model: object = JSON.parse(project.read("generated/taskwire.json"));
    project.write("generated/taskwire.json", `${JSON.stringify({ ...model, hash: hash.digest("hex") }, null, 2)}\n`);
    return { written: ["namespaces/b.ts", "taskwire.json"] };
  },
  "a schema file that changed and kept its size and its time": () => {
    const { atime, mtime } = statSync(project.path("schema/app.yaml"));
    project.edit("schema/app.yaml", (text) => text.replace("every: 60", "every: 90"));
    utimesSync(project.path("schema/app.yaml"), atime, mtime);
    return { written: ["namespaces/b.ts", "taskwire.json"] };
  },
  "a tsconfig that another one extends": () => {
    project.write("tsconfig.base.json", '{ "compilerOptions": { "rewriteRelativeImportExtensions": true } }');
    return { written: ["index.ts", "namespaces/a.ts", "namespaces/b.ts", "registry.ts", "taskwire.json"] };
  },
};

describe("a run after one that changed nothing notices", () => {
  it.each(Object.entries(CASES))("%s", async (_, change) => {
    const before = project.tree("generated");
    expect((await run("codegen")).out).toMatch(CURRENT);
    const { written, removed = [] } = change();
    const check = await run("codegen", "--check");
    expect(check.code).toBe(1);
    for (const name of [...written, ...removed]) expect(check.out).toContain(name);
    const result: unknown = JSON.parse((await run("codegen", "--json")).out);
    expect(result).toMatchObject({ kind: "written", changed: written, removed });
    expect((await run("codegen")).out).toMatch(CURRENT);
    const after = project.tree("generated");
    expect(Object.keys(after)).toEqual(Object.keys(before));
  });

  it("two runs at once write the same whole files and leave nothing else", async () => {
    for (let round = 1; round <= 3; round += 1) {
      project.edit("schema/app.yaml", (text) => text.replace(/every: \d+/, `every: ${round * 60 + 1}`));
      rmSync(project.path("generated/index.ts"));
      const runs = await Promise.all([run("codegen"), run("codegen"), run("codegen")]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect((await run("codegen")).out).toMatch(CURRENT);
      expect(Object.keys(project.tree("generated"))).toHaveLength(7);
    }
  });
});
