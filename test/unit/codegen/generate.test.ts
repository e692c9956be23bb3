import { readFile } from "node:fs/promises";
import type { TypeModel } from "taskwire/model";
import { describe, expect, it, test } from "vitest";
import { generate } from "#codegen/index.js";
import { Problems } from "#codegen/problem/problem.js";
import { readFolder } from "#codegen/read/folder.js";
import { resolve } from "#codegen/resolve/index.js";
import { validate } from "#codegen/validate/sections.js";
import { Project } from "../../support/processes/project.js";
import { field, ofParameters } from "./breaking-models.js";

async function example() {
  const problems = new Problems();
  const resolved = resolve(validate(await readFolder("schema", process.cwd(), problems), "schema", problems), problems);
  expect(problems.sorted()).toEqual([]);
  return resolved;
}

test("the same model gives the same bytes, sorted by path", async () => {
  const first = await example();
  const second = await example();
  const one = generate(first.model);
  expect([...generate(first.model)]).toEqual([...one]);
  expect([...generate(second.model)]).toEqual([...one]);
  expect([...one.keys()]).toEqual([...one.keys()].sort());
  expect(one.has("taskwire.json")).toBe(true);
});

test("what a process reads gives the same text as what was resolved", async () => {
  const { model } = await example();
  const texts = generate(model);
  const read = JSON.parse(texts.get("taskwire.json") ?? "");
  expect(read.hash).toMatch(/^[0-9a-f]{64}$/);
  expect([...generate(read)]).toEqual([...texts]);
});

test("the hash of the model changes with any text", async () => {
  const { model } = await example();
  const hash = (application: string) => JSON.parse(generate({ ...model, application }).get("taskwire.json") ?? "").hash;
  expect(hash("sentry")).not.toBe(hash("other"));
});

test("sensitive parameters and types leave the hashes of tasks as they are", async () => {
  using project = new Project();
  const yaml = await readFile("test/golden/sensitive/schema/people.yaml", "utf8");
  const hashes = async (text: string) => {
    project.write("schema/people.yaml", text);
    const problems = new Problems();
    const folder = project.path("schema");
    const { model } = resolve(validate(await readFolder(folder, folder, problems), folder, problems), problems);
    expect(problems.sorted()).toEqual([]);
    return model.namespaces.flatMap(({ tasks }) => tasks.map(({ hash }) => hash));
  };
  const open = yaml.replaceAll(/, sensitive: (?:true|false)|^ *sensitive: true\n/gm, "");
  expect(open).not.toContain("sensitive");
  expect(await hashes(open)).toEqual(await hashes(yaml));
});

test("no text holds a date, a version or a machine path", async () => {
  for (const [path, text] of generate((await example()).model)) {
    expect(`${path}: ${text.includes(process.cwd())}`).toBe(`${path}: false`);
  }
});

describe("the command in a task's comment", () => {
  const list = (element: TypeModel, minLength?: number, maxLength?: number): TypeModel => ({
    kind: "list",
    element,
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  });
  const shown = (type: TypeModel) => {
    const text = generate(ofParameters({ ...field("a", "int"), type })).get("namespaces/ns.ts") ?? "";
    return /npx taskwire send ns\.work '(.*)'/.exec(text)?.[1];
  };

  it("has as many elements as a list must have", () => {
    expect(shown(list({ kind: "int" }))).toBe('{"a":[1]}');
    expect(shown(list({ kind: "int" }, 3))).toBe('{"a":[1,1,1]}');
    expect(shown(list({ kind: "int" }, 0, 0))).toBe('{"a":[]}');
    expect(shown(list(list({ kind: "int" }, 2), 3))).toBe('{"a":[[1,1],[1,1],[1,1]]}');
  });

  it("has a string that matches the pattern", () => {
    expect(shown({ kind: "string", pattern: "^[A-Z]+$", maxLength: 2 })).toBe('{"a":"TE"}');
    expect(shown({ kind: "string", pattern: "^\\d{3}$", minLength: 3 })).toBe('{"a":"111"}');
    expect(shown({ kind: "string", pattern: "@" })).toBe('{"a":"a@b.example"}');
  });

  it("is left out when none that fits is short or known", () => {
    expect(shown({ kind: "string", pattern: "^only this$" })).toBeUndefined();
    expect(shown(list({ kind: "int" }, 100_000_000))).toBeUndefined();
    expect(shown(list(list(list(list({ kind: "int" }, 20), 20), 20), 20))).toBeUndefined();
    expect(shown(list({ kind: "string", minLength: 200 }, 20))).toBeUndefined();
    expect(shown({ kind: "string", minLength: 201 })).toBeUndefined();
    expect(shown({ kind: "bytes", minLength: 100_000_000 })).toBeUndefined();
  });
});

test("specifiers end in .ts when asked", async () => {
  const texts = generate((await example()).model, { importExtension: ".ts" });
  expect(texts.get("index.ts")).toContain('export { issues } from "./namespaces/issues.ts";');
  expect([...texts.values()].join("\n")).not.toMatch(/from "\.[^"]*\.js"/);
});

test("the model is frozen through and through", async () => {
  const { model } = await example();
  const [namespace] = model.namespaces;
  expect(Object.isFrozen(model) && Object.isFrozen(namespace) && Object.isFrozen(namespace?.tasks[0]?.parameters)).toBe(
    true,
  );
});

test("generated/ is what the schema gives", async () => {
  const { model, sources } = await example();
  for (const [path, text] of generate(model, { sources, source: "schema/" })) {
    expect(await readFile(`generated/${path}`, "utf8"), path).toBe(text);
  }
});
