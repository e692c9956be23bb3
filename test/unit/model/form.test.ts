import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isModel, modelProblems } from "#runtime/model/schema.js";

const GOLDEN = readdirSync("test/golden", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("taskwire.json"))
  .map((file) => join("test/golden", file));
const FILES = [...GOLDEN, "generated/taskwire.json"];

type Path = readonly (string | number)[];

/** Every value in it but the whole. */
function* placesIn(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [name, each] of Object.entries(value))
    yield* placesIn(each, [...path, Array.isArray(value) ? Number(name) : name]);
}

function replaced(value: unknown, [first, ...rest]: Path, by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((each, index) => (index === first ? replaced(each, rest, by) : each));
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, each]) => [name, name === first ? replaced(each, rest, by) : each]),
  );
}

/** What JSON of any form may stand at: there is nothing to refuse. */
const FREE = /\.(default|parameters\.[^.]+)(\.|$)|\.parameters\.[^.]+$/;

describe("the form of taskwire.json", () => {
  it.each(FILES)("is that of %s", (file) => {
    const model: unknown = JSON.parse(readFileSync(file, "utf8"));
    expect(modelProblems(model)).toEqual([]);
    expect(isModel(model)).toBe(true);
  });

  it("has a check at every place that codegen writes: a value of no kind that it can have is refused there", () => {
    const model: unknown = JSON.parse(readFileSync("generated/taskwire.json", "utf8"));
    const unchecked = [...placesIn(model)]
      .map((path) => [path, path.map((each) => (typeof each === "number" ? "[]" : `.${each}`)).join("")] as const)
      .filter(([, name]) => !FREE.test(name))
      .filter(([path]) => [-1.5, true].every((wrong) => isModel(replaced(model, path, wrong))));
    expect([...new Set(unchecked.map(([, name]) => name))]).toEqual([]);
  });

  it("lets keys through that it does not know, and refuses what has none of the forms of its kind", () => {
    expect(
      modelProblems({ taskwire: 1, application: "a", hash: "", types: [], namespaces: [], environments: [], more: 1 }),
    ).toEqual([]);
    const types = [
      { kind: "sum", name: "t" },
      { kind: "__proto__" },
      null,
      { kind: "enum", name: "e", values: ["a", 1] },
    ];
    expect(modelProblems({ taskwire: 1, application: "a", hash: "", types, namespaces: [], environments: [] })).toEqual(
      [
        'at types[0].kind: expected "record" or "enum", got "sum"',
        'at types[1].kind: expected "record" or "enum", got "__proto__"',
        "at types[2]: expected an object, got null",
        "at types[3].values[1]: expected a string, got 1",
      ],
    );
    expect(modelProblems([])).toEqual(["the whole: expected an object, got []"]);
  });
});
