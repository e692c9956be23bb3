import { mkdirSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codegen } from "#codegen/index.js";
import { type ScaffoldResult, scaffold } from "#codegen/scaffold/scaffold.js";
import { Project, schemaText } from "../../support/processes/project.js";

const A = "a: { tasks: { one: {}, two: {} } }";
let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project[Symbol.dispose]());

async function schema(...namespaces: readonly string[]): Promise<void> {
  project.write("schema/app.yaml", schemaText(...namespaces));
  const result = await codegen({ schema: "schema", out: "generated", check: false, cwd: project.folder });
  expect(result.kind).toBe("written");
}

async function run(
  check = false,
  module: { readonly handlers?: string } = { handlers: "handlers.ts" },
): Promise<Extract<ScaffoldResult, { kind: "scaffolded" }>> {
  const result = await scaffold({ schema: "schema", out: "generated", check, cwd: project.folder, ...module });
  if (result.kind === "problems") throw new Error(JSON.stringify(result.problems));
  return result;
}

const stub = (task: string, indent: string, quote = '"', semicolon = ";", end = "\n") =>
  [
    `${indent}${task}: async (_parameters, _task) => {`,
    `${indent}${indent}throw new Error(${quote}a.${task} is not implemented: write its handler here${quote})${semicolon}`,
    `${indent}}`,
  ].join(end);

const HEAD = 'import { defineAHandlers } from "./generated/registry.js";\n';
const REGISTRY =
  'import { aHandlers } from "./a.js";\nimport { defineHandlers } from "./generated/registry.js";\n\nexport default defineHandlers({ a: aHandlers });\n';

it("writes the handlers of a namespace with hyphens into a file of its name, once", async () => {
  await schema("a: { tasks: { one: {} } }", "telemetry-experience: { tasks: { one: {} } }");
  project.write(
    "handlers.ts",
    'import { defineAHandlers, defineHandlers } from "./generated/registry.js";\n\nexport default defineHandlers({ a: defineAHandlers({ one: () => 1 }) });\n',
  );
  expect((await run()).added).toEqual([{ task: "telemetry-experience.one", file: "telemetry-experience.ts" }]);
  expect(project.read("telemetry-experience.ts")).toContain("defineTelemetryExperienceHandlers({");
  expect(project.read("handlers.ts")).toContain("telemetryExperience: telemetryExperienceHandlers");
  expect((await run()).added).toEqual([]);
});

describe("a stub is added", () => {
  beforeEach(async () => {
    await schema(A);
    project.write("handlers.ts", REGISTRY);
  });

  it.each([
    {
      what: "after the last handler, whose list ends with a comma",
      before: `${HEAD}\nexport const aHandlers = defineAHandlers({\n  one: () => 1, // first\n  // the end\n});\n`,
      after: `${HEAD}\nexport const aHandlers = defineAHandlers({\n  one: () => 1, // first\n  // the end\n${stub("two", "  ")},\n});\n`,
    },
    {
      what: "with a comma before it, where there is none",
      before: `${HEAD}export const aHandlers = defineAHandlers({\n    one: () => 1 // first\n})\n`,
      after: `${HEAD}export const aHandlers = defineAHandlers({\n    one: () => 1, // first\n${stub("two", "    ")}\n})\n`,
    },
    {
      what: "to an object on one line",
      before: `${HEAD}export const aHandlers = defineAHandlers({ one: () => 1 });\nconst   odd = [1,2]\n`,
      after: `${HEAD}export const aHandlers = defineAHandlers({ one: () => 1,\n${stub("two", "  ")}\n});\nconst   odd = [1,2]\n`,
    },
    {
      what: "in a file with tabs, single quotes, no semicolons and Windows' line ends",
      before: `\ufeff${HEAD.replaceAll('"', "'").replace(";\n", "\r\n")}export const aHandlers = defineAHandlers({\r\n\tone: () => 1,\r\n})\r\n`,
      after: `\ufeff${HEAD.replaceAll('"', "'").replace(";\n", "\r\n")}export const aHandlers = defineAHandlers({\r\n\tone: () => 1,\r\n${stub("two", "\t", "'", "", "\r\n")},\r\n})\r\n`,
    },
    {
      what: "to an object that is declared by its type",
      before:
        'import type { AHandlers } from "./generated/namespaces/a.js";\nexport const aHandlers: AHandlers = {\n  "one": () => 1,\n};\n',
      after: `import type { AHandlers } from "./generated/namespaces/a.js";\nexport const aHandlers: AHandlers = {\n  "one": () => 1,\n${stub("two", "  ")},\n};\n`,
    },
    {
      what: "under another name of the import",
      before: `import { defineAHandlers as define } from "./generated/registry.js";\nexport const aHandlers = define({\n  one() {},\n});\n`,
      after: `import { defineAHandlers as define } from "./generated/registry.js";\nexport const aHandlers = define({\n  one() {},\n${stub("two", "  ")},\n});\n`,
    },
  ])("$what, and every other byte stays", async ({ before, after }) => {
    project.write("a.ts", before);
    expect(await run(true)).toMatchObject({ added: [{ task: "a.two", file: "a.ts" }], changed: ["a.ts"] });
    expect(project.read("a.ts")).toBe(before);
    await run();
    expect(project.read("a.ts")).toBe(after);
    expect(project.read("handlers.ts")).toBe(REGISTRY);
    const modified = statSync(project.path("a.ts")).mtimeMs;
    expect(await run()).toMatchObject({ added: [], changed: [], leftOver: [], warnings: [] });
    expect(statSync(project.path("a.ts")).mtimeMs).toBe(modified);
  });

  it("to handlers written in place, in defineHandlers", async () => {
    project.write(
      "handlers.ts",
      'import { defineHandlers } from "./generated/registry.js";\nexport default defineHandlers({\n  a: { two: () => 2 },\n});\n',
    );
    await run();
    expect(project.read("handlers.ts")).toContain("  a: { two: () => 2,\n    one: async (_parameters, _task) => {");
  });

  it("nowhere when a spread may hold it, or the line is one that is meant to fail", async () => {
    const text = `${HEAD}export const aHandlers = defineAHandlers({ ...others });\n// @ts-expect-error one is missing\nexport const wrong = defineAHandlers({});\n`;
    project.write("a.ts", text);
    const { warnings, added } = await run();
    expect(added).toEqual([]);
    expect(warnings).toEqual([
      "a.ts:2:42: a spread or computed name may contain one, two; check there, nothing was added",
    ]);
    expect(project.read("a.ts")).toBe(text);
  });

  it("and left-over handlers are listed and stay", async () => {
    const text = `${HEAD}export const aHandlers = defineAHandlers({\n  one: () => 1,\n  two: () => 2,\n  gone: () => 3,\n});\n`;
    project.write("a.ts", text);
    const { leftOver, changed } = await run();
    expect(leftOver).toEqual([{ file: "a.ts", line: 5, column: 3, namespace: "a", property: "gone" }]);
    expect(changed).toEqual([]);
    expect(project.read("a.ts")).toBe(text);
  });
});

describe("a namespace without handlers", () => {
  it("gets a file beside defineHandlers, an import and a property, in the manner of that file", async () => {
    await schema(A, "ingest.errors: { tasks: { save: {} } }");
    project.write(
      "src/a.ts",
      `${HEAD.replace("./", "../")}export const aHandlers = defineAHandlers({ one() {}, two() {} });\n`,
    );
    project.write("src/ingest-errors.ts", "export const mine = 1;\n");
    project.write("src/handlers.ts", REGISTRY.replaceAll('"', "'").replace("./generated", "../generated"));
    expect((await run()).added).toEqual([{ task: "ingest.errors.save", file: "src/ingest-errors-handlers.ts" }]);
    expect(project.read("src/handlers.ts")).toBe(
      "import { aHandlers } from './a.js';\nimport { defineHandlers } from '../generated/registry.js';\nimport { ingestErrorsHandlers } from './ingest-errors-handlers.js';\n\nexport default defineHandlers({ a: aHandlers,\n  ingestErrors: ingestErrorsHandlers\n});\n",
    );
    expect(project.read("src/ingest-errors-handlers.ts")).toBe(
      "import { defineIngestErrorsHandlers } from '../generated/registry.js';\n\nexport const ingestErrorsHandlers = defineIngestErrorsHandlers({\n  save: async (_parameters, _task) => {\n    throw new Error('ingest.errors.save is not implemented: write its handler here');\n  },\n});\n",
    );
    expect(project.read("src/ingest-errors.ts")).toBe("export const mine = 1;\n");
    expect(await run()).toMatchObject({ added: [], changed: [] });
  });

  it("is not asked for when another application runs it", async () => {
    await schema(A, "theirs: { external: { application: other }, tasks: { three: {} } }");
    project.write("handlers.ts", REGISTRY);
    project.write("a.ts", `${HEAD}export const aHandlers = defineAHandlers({ one() {}, two() {} });\n`);
    expect(await run()).toMatchObject({ added: [], changed: [], leftOver: [], warnings: [] });
  });

  it("gets the module with defineHandlers too, at the source of the compiled one", async () => {
    await schema(A);
    project.write("tsconfig.json", '{ "compilerOptions": { "rootDir": ".", "outDir": "dist", "module": "nodenext" } }');
    const result = await scaffold({
      schema: "schema",
      out: "generated",
      handlers: "dist/src/handlers.js",
      check: false,
      cwd: project.folder,
    });
    expect(result).toMatchObject({ kind: "scaffolded", changed: ["src/a.ts", "src/handlers.ts"] });
    expect(project.read("src/handlers.ts")).toContain("export default defineHandlers({\n  a: aHandlers,\n});\n");
    expect(await run()).toMatchObject({ added: [], changed: [] });
  });
});

describe("scaffold refuses", () => {
  it("generated files that are not the schema's: stubs would have other types", async () => {
    await schema(A);
    project.write("schema/app.yaml", schemaText("a: { tasks: { one: {}, three: {} } }"));
    await expect(run()).rejects.toMatchObject({ code: "not_current" });
  });

  it("when nothing says where handlers belong", async () => {
    await schema(A);
    mkdirSync(project.path("src"));
    await expect(run(false, {})).rejects.toMatchObject({
      code: "no_handlers",
      message:
        "defineHandlers is called in no source file: call it in a source file of your tsconfig.json, or name the file to write with --handlers FILE.ts",
    });
  });
});

describe("only files that the handlers module imports are touched", () => {
  const LACKING = `${HEAD}export const other = defineAHandlers({ one: () => 1 });\n`;

  beforeEach(async () => {
    await schema(A);
    project.write("a.ts", `${HEAD}export const aHandlers = defineAHandlers({ one: () => 1 });\n`);
    project.write("barrel.ts", 'export * from "./a.js";\n');
    project.write("handlers.ts", REGISTRY.replace("./a.js", "./barrel.js"));
    project.write("tests/a.test.ts", LACKING.replace("./generated", "../generated"));
  });

  it("through re-exports, and not those of tests", async () => {
    const before = project.read("tests/a.test.ts");
    expect(await run()).toMatchObject({ added: [{ task: "a.two", file: "a.ts" }], changed: ["a.ts"], warnings: [] });
    expect(project.read("tests/a.test.ts")).toBe(before);
  });

  it("and where no module is known, all are, which is said", async () => {
    const { changed, warnings } = await run(true, {});
    expect(changed).toEqual(["a.ts", "tests/a.test.ts"]);
    expect(warnings).toEqual([
      expect.stringMatching(/^no handlers module is known: name it with --handlers FILE, .*searched every source file/),
    ]);
  });
});
