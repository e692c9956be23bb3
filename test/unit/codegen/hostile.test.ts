import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { Model } from "taskwire/model";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { generate } from "#codegen/generate.js";
import { type Problem, Problems } from "#codegen/problem/problem.js";
import { readYaml } from "#codegen/read/yaml.js";
import { checkSyntax } from "#codegen/render/index.js";
import { resolve } from "#codegen/resolve/index.js";
import { validate } from "#codegen/validate/sections.js";
import { HOSTILE } from "./hostile-strings.js";

/** Some hundred programs are generated, on machines that do other things meanwhile. */
vi.setConfig({ testTimeout: 300_000 });

/** A schema with texts at places of one kind; JSON is YAML. */
type Places = (texts: readonly string[]) => object;

const TASKS = { tasks: { a: {} } };
const CLUSTER = { m: { memory: true } };
const ROUTED = { clusters: CLUSTER, topics: { t: { cluster: "m" } }, routes: { "*": "t" } };

/** Where any text may stand. */
const TEXTS: Readonly<Record<string, Places>> = {
  "description of a namespace": (texts) => ({ namespaces: named("n", texts, (x) => ({ ...TASKS, description: x })) }),
  "description of a task": (texts) => tasks(texts, (x) => ({ description: x })),
  "description of a type": (texts) => types(texts, (x) => ({ values: ["v"], description: x })),
  "description of a field": (texts) => types(texts, (x) => ({ fields: { f: { type: "int", description: x } } })),
  "deprecated namespace": (texts) => ({ namespaces: named("n", texts, (x) => ({ ...TASKS, deprecated: x })) }),
  "deprecated task": (texts) => tasks(texts, (x) => ({ deprecated: x })),
  "deprecated parameter": (texts) => parameters(texts, (x) => ({ type: "int", default: 1, deprecated: x })),
  "default text": (texts) => parameters(texts, (x) => ({ type: "string", default: x })),
  "default in a list": (texts) => parameters(texts, (x) => ({ type: "string[]", default: [x] })),
  "default in json": (texts) => parameters(texts, (x) => ({ type: "json", default: { a: [x] } })),
  "key of a default in json": (texts) => parameters(texts, (x) => ({ type: "json", default: own(x, 1) })),
  "key of a default map": (texts) => parameters(texts, (x) => ({ type: "int{}", default: own(x, 1) })),
  pattern: (texts) => parameters(texts, (x) => ({ type: "string?", pattern: x })),
  "enum value": (texts) => types(texts, (x) => ({ values: ["v", x] })),
  "enum value as default": (texts) => ({
    ...types(texts, (x) => ({ values: ["v", x] })),
    ...tasks(texts, (x, index) => ({ parameters: { p: { type: `T${index}`, default: x } } })),
  }),
  "parameter of a schedule": (texts) =>
    tasks(texts, (x) => ({ parameters: { p: "string?" }, schedule: { every: 60, parameters: { p: x } } })),
  "file of a cluster": (texts) => clusters(texts, (x) => ({ sqlite: x })),
  "address of a broker": (texts) => clusters(texts, (x) => ({ kafka: { brokers: [x] } })),
  "user name": (texts) => clusters(texts, (x) => kafka(x, "p")),
  password: (texts) => clusters(texts, (x) => kafka("u", x)),
};

/** Where a name stands that becomes, or is near, an identifier or a path. */
const NAMES: Readonly<Record<string, Places>> = {
  application: ([x]) => ({ application: x, namespaces: { n: TASKS } }),
  namespace: (texts) => ({ namespaces: each(texts, () => TASKS) }),
  task: (texts) => ({ namespaces: { n: { tasks: each(texts, () => ({})) } } }),
  parameter: (texts) => ({ namespaces: { n: { tasks: { a: { parameters: each(texts, () => "int?") } } } } }),
  type: (texts) => ({ types: each(texts, () => ({ values: ["v"] })) }),
  field: (texts) => ({ types: { T: { fields: each(texts, () => "int?") } } }),
  policy: (texts) => ({ retry_policies: each(texts, () => ({ times: 2 })), ...tasks(texts, (x) => ({ retry: x })) }),
  environment: (texts) => ({ namespaces: { n: TASKS }, environments: each(texts, () => ROUTED) }),
  cluster: (texts) =>
    environment({
      clusters: each(texts, () => ({ memory: true })),
      topics: named("t", texts, (x) => ({ cluster: x })),
      routes: { "*": "t0" },
    }),
  topic: (texts) =>
    environment({ ...ROUTED, topics: each(texts, () => ({ cluster: "m" })), routes: { "*": texts[0] } }),
  "topic of dead letters": (texts) => topics(texts, (x) => ({ cluster: "m", dead_letter: x })),
  "topic of retries": (texts) => topics(texts, (x) => ({ cluster: "m", retry: x })),
  pool: (texts) =>
    environment({
      ...ROUTED,
      topics: named("t", texts, () => ({ cluster: "m" })),
      routes: { "*": "t0" },
      pools: each(texts, (_, index) => ({ topics: [`t${index}`] })),
    }),
  group: (texts) => pools(texts, (x, index) => ({ topics: [`t${index}`], group: x })),
  "application that is pushed to": (texts) =>
    pools(texts, (x, index) => ({ topics: [`t${index}`], push: own(x, ["h:1"]) })),
  "wire name": (texts) => tasks(texts, (x) => ({ name: x })),
  "former wire name": (texts) => tasks(texts, (x, index) => ({ name: `n.a${index}`, formerly: x })),
  "former parameter": (texts) => parameters(texts, (x) => ({ type: "int?", formerly: x })),
  "error name": (texts) => tasks(texts, (x) => ({ silenced: [x], retry: { times: 2, on: [x] } })),
  "external application": (texts) => ({
    namespaces: named("n", texts, (x) => ({ ...TASKS, external: { application: x } })),
  }),
  timezone: (texts) => tasks(texts, (x) => ({ schedule: { cron: "* * * * *", timezone: x } })),
  cron: (texts) => tasks(texts, (x) => ({ schedule: { cron: x } })),
};

/** Harmless twins of a place, as many as are asked for; mostly "Twin0" and so on. */
const TWINS: Readonly<Record<string, (index: number) => string>> = {
  namespace: (index) => `twin${index}`,
  task: (index) => `twin${index}`,
  environment: (index) => `twin${index}`,
  cluster: (index) => `twin${index}`,
  pool: (index) => `twin${index}`,
  "former wire name": (index) => `n.twin${index}`,
  timezone: () => "UTC",
  cron: () => "* * * * *",
};

type Make = (text: string, index: number) => unknown;

/** Also `__proto__` becomes an own key. */
function own(key: string, value: unknown): object {
  return Object.fromEntries([[key, value]]);
}

function each(texts: readonly string[], make: Make): object {
  return Object.fromEntries(texts.map((text, index) => [text, make(text, index)]));
}

function named(prefix: string, texts: readonly string[], make: Make): object {
  return Object.fromEntries(texts.map((text, index) => [`${prefix}${index}`, make(text, index)]));
}

function types(texts: readonly string[], make: Make): object {
  return { types: named("T", texts, make) };
}

function tasks(texts: readonly string[], make: Make): object {
  return { namespaces: { n: { tasks: named("a", texts, make) } } };
}

/** Each of a task of its own. */
function parameters(texts: readonly string[], make: Make): object {
  return tasks(texts, (text, index) => ({ parameters: { p: make(text, index) } }));
}

function environment(declared: object): object {
  return { namespaces: { n: TASKS }, environments: { e: declared } };
}

function topics(texts: readonly string[], make: Make): object {
  return environment({ clusters: CLUSTER, topics: named("t", texts, make), routes: { "*": "t0" } });
}

function pools(texts: readonly string[], make: Make): object {
  const declared = named("t", texts, () => ({ cluster: "m" }));
  return environment({ clusters: CLUSTER, topics: declared, routes: { "*": "t0" }, pools: named("p", texts, make) });
}

function clusters(texts: readonly string[], make: Make): object {
  const declared = named("t", texts, (_, index) => ({ cluster: `c${index}` }));
  return environment({ clusters: named("c", texts, make), topics: declared, routes: { "*": "t0" } });
}

function kafka(username: string, password: string): object {
  return { kafka: { brokers: ["b"], sasl: { mechanism: "plain", username, password } } };
}

interface Outcome {
  readonly model: Model;
  readonly problems: readonly Problem[];
}

function resolved(schema: object): Outcome {
  const problems = new Problems();
  const root = readYaml("schema/x.yaml", JSON.stringify({ taskwire: 1, application: "app", ...schema }), problems);
  const files = root === undefined ? [] : [{ file: "schema/x.yaml", source: "schema/x.yaml", root }];
  const { model } = resolve(validate(files, "schema", problems), problems);
  return { model, problems: problems.sorted() };
}

/** Throws when the schema is refused, or the generated code does not parse. */
function generated(schema: object): ReadonlyMap<string, string> {
  const { model, problems } = resolved(schema);
  if (problems[0] !== undefined) throw new Error(`refused: ${problems[0].message}`);
  const files = generate(model);
  checkSyntax(new Map([...files].filter(([file]) => file.endsWith(".ts"))));
  return files;
}

/** The kinds of all nodes of a file in order, tags of its comments included; a property's name counts as one kind. */
function kindsOf(text: string): readonly string[] {
  const source = ts.createSourceFile("x.ts", text, ts.ScriptTarget.ES2022, true);
  const kinds: string[] = [];
  const visit = (node: ts.Node): void => {
    const named = ts.isPropertyName(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node;
    kinds.push(named ? "name" : (ts.SyntaxKind[node.kind] ?? ""));
    for (const tag of ts.getJSDocTags(node)) kinds.push(`@${tag.tagName.text}`);
    if (!named) ts.forEachChild(node, visit);
  };
  visit(source);
  return kinds;
}

/** The whole of all generated modules: names decide which file comes first. */
function shapeOf(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([file, text]) => (file.endsWith(".ts") ? [kindsOf(text).join(" ")] : [])).sort();
}

const root = path.resolve(import.meta.dirname, "../../..");
const trees: { readonly files: ReadonlyMap<string, string>; readonly where: string }[] = [];
let folder = "";

beforeAll(() => {
  mkdirSync(path.join(root, "dist"), { recursive: true });
  // Below the repository, so that `taskwire/generated` resolves.
  folder = mkdtempSync(path.join(root, "dist", "hostile-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

it("the corpus has at least 60 different strings", () => {
  expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
  expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
});

describe.each(Object.entries({ ...TEXTS, ...NAMES }))("a hostile string as %s", (place, schema) => {
  const twin = (index: number) => TWINS[place]?.(index) ?? `Twin${index}`;

  it("is refused with its place, or gives the syntax tree of a harmless one", () => {
    const accepted = HOSTILE.filter((text) => {
      const { problems } = resolved(schema([text]));
      for (const { file, line, column, message } of problems) {
        expect({ file, line, known: column > 0 }).toEqual({ file: "schema/x.yaml", line: 1, known: true });
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }
      return problems.length === 0;
    });
    // There is one application; of all else there are as many as there are texts.
    const groups = place === "application" ? accepted.map((text) => [text]) : [accepted];
    for (const texts of groups) {
      if (texts.length === 0) continue;
      const files = generated(schema(texts));
      const expected = shapeOf(generated(schema(texts.map((_, index) => twin(index)))));
      if (!isDeepStrictEqual(shapeOf(files), expected)) {
        const alone = texts.filter((text) => {
          const one = shapeOf(generated(schema([twin(0)])));
          return !isDeepStrictEqual(shapeOf(generated(schema([text]))), one);
        });
        expect.fail(`another syntax tree for ${alone.map((text) => JSON.stringify(text)).join(", ")}`);
      }
      for (const file of files.keys()) expect(file).toMatch(/^(namespaces\/)?[a-z0-9_-]+\.(ts|json)$/);
      trees.push({ files, where: place });
    }
  });
});

it("every text is accepted in a comment, and comes back from a default as it is", () => {
  const { model, problems } = resolved(TEXTS["default text"]?.(HOSTILE) ?? {});
  expect(problems).toEqual([]);
  expect(model.namespaces[0]?.tasks.map(({ parameters: [p] }) => p?.default)).toEqual(HOSTILE);
  expect(resolved(TEXTS["description of a task"]?.(HOSTILE) ?? {}).problems).toEqual([]);
});

it("importing what is generated, and building every schema and default, sets no canary and gives the text back", () => {
  expect(trees.length).toBeGreaterThan(Object.keys(TEXTS).length);
  const entries = trees.map(({ files, where }, index) => {
    const below = path.join(folder, String(index));
    mkdirSync(path.join(below, "namespaces"), { recursive: true });
    for (const [file, text] of files) {
      if (!file.endsWith(".ts")) continue;
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      });
      writeFileSync(path.join(below, file.replace(/ts$/, "js")), outputText);
    }
    return { url: pathToFileURL(`${below}/`).href, where };
  });
  writeFileSync(path.join(folder, "entries.json"), JSON.stringify(entries));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(folder, "import.mjs"), IMPORT);
  const { stdout, stderr, status } = spawnSync(process.execPath, [path.join(folder, "import.mjs")], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({ imported: entries.length, canaries: [], defaults: HOSTILE });
});

const IMPORT = `
import { readFileSync } from "node:fs";
const entries = JSON.parse(readFileSync(new URL("entries.json", import.meta.url), "utf8"));
const before = Object.getOwnPropertyNames(Object.prototype).length;
const canaries = [];
const defaults = [];
for (const { url, where } of entries) {
  for (const file of ["index.js", "registry.js", "environments.js", "types.js"]) {
    const module = await import(url + file);
    if (file === "types.js") for (const make of Object.values(module)) if (typeof make === "function") make();
    if (file !== "index.js") continue;
    for (const namespace of Object.values(module)) {
      for (const task of Object.values(namespace)) {
        const spec = task[Symbol.for("taskwire.spec")];
        const checked = spec.parameters().check(spec.key, {});
        if (where === "default text") defaults.push(checked.p);
      }
    }
  }
  const changed = Object.getOwnPropertyNames(Object.prototype).length !== before;
  if ("canary" in globalThis || changed) {
    canaries.push(where);
    delete globalThis.canary;
  }
}
process.stdout.write(JSON.stringify({ imported: entries.length, canaries, defaults }));
`;
