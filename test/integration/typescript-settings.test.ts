import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { importRuleFor } from "#codegen/write/import-extension.js";
import { Project, schemaText } from "../support/processes/project.js";

let project: Project;

beforeEach(() => {
  project = new Project(true);
});

afterEach(() => project[Symbol.dispose]());

it.each([
  [
    '{ "module": "commonjs", "moduleResolution": "node" }',
    /"moduleResolution": "node" does not find "taskwire\/generated"/,
  ],
  ['{ "module": "esnext", "moduleResolution": "node10" }', /"moduleResolution": "node" does not find/],
  ['{ "moduleResolution": "classic" }', /"moduleResolution": "classic" does not find/],
  ['{ "module": "commonjs" }', /"module": "commonjs" without "moduleResolution" does not find .* before TypeScript 6/],
  ['{ "module": "commonjs", "paths": { "taskwire/generated": ["./x.d.ts"] }, "moduleResolution": "node" }', undefined],
  ['{ "module": "nodenext" }', undefined],
  ['{ "module": "preserve" }', undefined],
  ["{}", undefined],
])("a tsconfig of %s: %s", (options, warning) => {
  // A comment, a trailing comma, CRLF and a mark at the start, as tsc takes them.
  project.write("tsconfig.json", `\uFEFF{ // mine\r\n  "compilerOptions": ${options},\r\n}\r\n`);
  const found = importRuleFor(project.path("src/generated")).warning;
  if (warning === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(warning);
});

it("codegen says what keeps its files from compiling, and the lines of the page fix it", async () => {
  project.write("schema/a.yaml", schemaText("n: { tasks: { t: { parameters: { a: int } } } }"));
  project.write("package.json", "{}\n");
  project.write("tsconfig.json", '{ "compilerOptions": { "module": "commonjs", "moduleResolution": "node" } }\n');
  expect((await project.codegen()).err).toMatch(/^taskwire: tsconfig\.json: "moduleResolution": "node" does not find/);

  const block = /```json\n([\s\S]*?)```/.exec(readFileSync("docs/guide/typescript.md", "utf8"))?.[1] ?? "";
  const { compilerOptions } = JSON.parse(block);
  const options = { ...compilerOptions, outDir: "dist", rootDir: ".", strict: true, skipLibCheck: true, types: [] };
  project.write("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["handlers.ts"] }));
  expect((await project.codegen()).err).toBe("");
  project.write(
    "handlers.ts",
    'import { defineHandlers } from "./generated/registry";\nexport default defineHandlers({ n: { t: ({ a }) => a.toFixed() } });\n',
  );
  expect(await project.tsc()).toMatchObject({ code: 0, out: "" });
  expect(project.read("dist/handlers.js")).toContain('require("./generated/registry")');
  const said = await project.node(["-e", 'console.log(typeof require("./dist/handlers.js").default)']);
  expect(said.out).toBe("object\n");
}, 120_000);
