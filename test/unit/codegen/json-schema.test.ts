import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { describe, expect, it, test } from "vitest";
import { LineCounter, parseDocument } from "yaml";
import { PROBLEM_KINDS } from "#codegen/index.js";
import { jsonSchema } from "#codegen/language/printed/json-schema.js";
import { printed } from "#codegen/language/printed/printed.js";
import { below } from "#codegen/language/shapes/shape.js";
import { Problems } from "#codegen/problem/problem.js";
import { readFolder } from "#codegen/read/folder.js";
import { resolve } from "#codegen/resolve/index.js";
import { validate } from "#codegen/validate/sections.js";

const golden = path.resolve(import.meta.dirname, "../../golden");
const cases = readdirSync(golden, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const validateJson = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(
  jsonSchema(),
);

/** The file as an editor's language server reads it. */
function dataOf(file: string): unknown {
  const text = readFileSync(file, "utf8");
  return parseDocument(text, { version: "1.2", schema: "core", lineCounter: new LineCounter() }).toJS({
    maxAliasCount: -1,
  });
}

/** The key paths that an error of JSON Schema stands at, written as the validator writes them. */
function pathsOf({ instancePath, params }: ErrorObject, data: unknown): readonly string[] {
  let at = data;
  let written = "";
  for (const token of instancePath.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    written = Array.isArray(at) ? `${written}[${key}]` : below(written, key);
    at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  }
  const keys = [params.additionalProperty, params.missingProperty].filter((key) => typeof key === "string");
  return [written, ...keys.map((key) => below(written, key))];
}

describe("JSON Schema and validator agree on every file of every golden case", () => {
  test.each(cases.map(({ name }) => name))("%s", async (name) => {
    const folder = path.join(golden, name);
    const problems = new Problems();
    const files = await readFolder(path.join(folder, "schema"), folder, problems);
    // What is no YAML for us is none for JSON Schema; the others are judged each by itself.
    const unread = new Set(problems.sorted().map(({ file }) => file));
    resolve(validate(files, "schema", problems), problems);
    for (const { file } of files.filter((one) => !unread.has(one.file))) {
      const data = dataOf(path.join(folder, file));
      const accepted = validateJson(data);
      const own = problems.sorted().filter((problem) => problem.file === file);
      if (own.length === 0) expect({ file, errors: validateJson.errors ?? [] }).toEqual({ file, errors: [] });
      const marked = new Set(accepted ? [] : (validateJson.errors ?? []).flatMap((error) => pathsOf(error, data)));
      // What JSON Schema refuses, the validator refuses at the same place, or at one around or inside it.
      // An unknown key that was meant for a missing one stands for both.
      const parent = (at: string) => at.slice(0, Math.max(at.lastIndexOf("."), 0));
      const near = (at: string) =>
        own.some(
          ({ path: one, code }) =>
            one.startsWith(at) || at.startsWith(one) || (code === "unknown_key" && parent(one) === parent(at)),
        );
      expect([...marked].filter((at) => !near(at))).toEqual([]);
      const seen = own.filter(({ code }) => PROBLEM_KINDS[code].editor);
      expect(seen.filter(({ path: at }) => !marked.has(at)).map(({ message }) => message)).toEqual([]);
    }
  });
});

describe("what is printed from the language", () => {
  const root = path.resolve(golden, "../..");
  it.each([...printed()])("%s is up to date (repair: node codegen/language/print.mjs)", (file, text) => {
    expect(readFileSync(path.join(root, file), "utf8")).toBe(text);
  });

  it("documents every key with a sentence, and every code with a hint", () => {
    const properties = JSON.stringify(jsonSchema()).match(/"properties"/g) ?? [];
    expect(properties.length).toBeGreaterThan(12);
    for (const [code, { meaning, hint }] of Object.entries(PROBLEM_KINDS)) {
      expect(code).toMatch(/^[a-z][a-z_]*$/);
      for (const text of [meaning, hint]) expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });
});

test("every kind of problem that a schema can have has a golden case", async () => {
  const found = new Set<string>();
  for (const { name } of cases) {
    const folder = path.join(golden, name);
    const problems = new Problems();
    resolve(validate(await readFolder(path.join(folder, "schema"), folder, problems), "schema", problems), problems);
    for (const { code } of problems.sorted()) found.add(code);
  }
  const rest = Object.keys(PROBLEM_KINDS).filter((code) => !found.has(code));
  // A foreign file in the output folder is no part of a schema: test/unit/codegen/write.test.ts.
  expect(rest).toEqual(["output"]);
});
