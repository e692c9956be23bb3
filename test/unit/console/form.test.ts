import { describe, expect, test } from "vitest";
import type { FieldModel, NamedType } from "#runtime/model/model.js";
import { printJson, readJson } from "../../../console/source/data/json.js";
import { issuesOf } from "../../../console/source/parts/form/check.js";
import { at, fromInput, withAt, withText } from "../../../console/source/parts/form/values.js";
import { boundsWords } from "../../../console/source/parts/form/words.js";

const TYPES: readonly NamedType[] = [
  { kind: "enum", name: "Level", values: ["debug", "error"] },
  {
    kind: "record",
    name: "User",
    fields: [{ name: "id", type: { kind: "int", min: 1, max: 9 }, optional: false, nullable: false }],
  },
];

function field(name: string, type: FieldModel["type"], more: Partial<FieldModel> = {}): FieldModel {
  return { name, type, optional: false, nullable: false, ...more };
}

function issues(fields: readonly FieldModel[], json: string): string[] {
  return issuesOf(fields, readJson(json), TYPES).map(({ path, expected, found }) => `${path}: ${expected}, ${found}`);
}

describe("the form of a task's parameters", () => {
  test("values are set, added and left out at their path, and others stay as they are", () => {
    const before = readJson('{"a":{"b":[1,2,3]},"big":9007199254740993}');
    expect(printJson(withAt(before, ["a", "b", 1], 9), 0)).toBe('{"a":{"b":[1,9,3]},"big":9007199254740993}');
    expect(printJson(withAt(before, ["a", "b", 1], undefined), 0)).toBe('{"a":{"b":[1,3]},"big":9007199254740993}');
    expect(printJson(withAt(before, ["a"], undefined), 0)).toBe('{"big":9007199254740993}');
    expect(printJson(withAt(before, ["new", "key"], "x"), 0)).toBe(
      '{"a":{"b":[1,2,3]},"big":9007199254740993,"new":{"key":"x"}}',
    );
    expect(printJson(before, 0)).toBe('{"a":{"b":[1,2,3]},"big":9007199254740993}');
  });

  test("text of a JSON field that is no JSON stays where it was typed, so that nothing else can be sent", () => {
    const text = withText(readJson('{"a":1,"extra":{}}'), ["extra"], '{"$&": oops');
    expect(text).toContain('"extra": {"$&": oops');
    expect(() => readJson(text)).toThrow(SyntaxError);
    expect(readJson(withText(readJson('{"a":1}'), ["b"], "[1]"))).toEqual(readJson('{"a":1,"b":[1]}'));
  });

  test("a key named __proto__ is a key of the value and of nothing else", () => {
    const value = withAt(readJson("{}"), ["__proto__", "polluted"], 1);
    expect(printJson(value, 0)).toBe('{"__proto__":{"polluted":1}}');
    expect(at(value, "constructor")).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("typed text becomes the value of its kind; text that means none stays for the check to refuse", () => {
    expect(fromInput("int", " 12 ")).toBe(12);
    expect(fromInput("bigint", "9007199254740993")).toBe(9007199254740993n);
    expect(fromInput("float", ".5e1")).toBe(5);
    expect(fromInput("int", "1.5")).toBe("1.5");
    expect(fromInput("int", "")).toBeUndefined();
    expect(fromInput("string", "")).toBe("");
    expect(fromInput("string", " 12 ")).toBe(" 12 ");
  });

  test("problems are named by their dotted path, with what was expected and found", () => {
    const fields = [
      field("group", { kind: "bigint" }),
      field("level", { kind: "named", name: "Level" }),
      field("users", { kind: "list", element: { kind: "named", name: "User" }, minLength: 1 }),
      field("labels", { kind: "map", element: { kind: "string", maxLength: 3 } }, { optional: true }),
    ];
    expect(
      issues(fields, '{"group":"x","level":"info","users":[{"id":0},{"id":2,"no":1}],"labels":{"a":"long"}}'),
    ).toEqual([
      'group: bigint, "x"',
      'level: one of "debug", "error", "info"',
      "users.0.id: int of at least 1, 0",
      "users.1.no: a known name (id), 1",
      'labels.a: string of a length of at most 3, "long"',
    ]);
    expect(issues(fields, '{"group":9007199254740993,"level":"error","users":[{"id":9}]}')).toEqual([]);
    expect(issues(fields, '{"group":"18446744073709551615","level":"error","users":[]}')).toEqual([
      "users: list of a length of at least 1, []",
    ]);
  });

  test("what is left out is a problem only where it is required, and null only where it is not allowed", () => {
    const fields = [
      field("a", { kind: "int" }),
      field("b", { kind: "int" }, { optional: true }),
      field("c", { kind: "int" }, { default: 5 }),
      field("d", { kind: "int" }, { nullable: true }),
    ];
    expect(issues(fields, '{"d":null}')).toEqual(["a: int, nothing"]);
    expect(issues(fields, '{"a":1,"b":null,"d":1}')).toEqual(["b: int, null"]);
    expect(issues(fields, "[]")).toEqual([": an object, []"]);
  });

  test.each([
    [{ kind: "datetime" }, '"2026-11-30T14:03:20Z"', '"2026-13-01T00:00:00Z"'],
    [{ kind: "uuid" }, '"0192ab4c-7d21-7e3a-9c11-000000000001"', '"0192"'],
    [{ kind: "bytes", maxLength: 3 }, '"AP8S"', '"AP8SEA=="'],
    [{ kind: "string", pattern: "^https?:" }, '"https://x"', '"ftp://x"'],
    [{ kind: "float", min: 0, max: 1 }, "0.5", "1.5"],
    [{ kind: "bool" }, "true", '"true"'],
    [{ kind: "int" }, "12", "12345678901234567890"],
  ] as const)("a parameter %j takes %s and refuses %s", (type, good, bad) => {
    expect(issues([field("p", type)], `{"p":${good}}`)).toEqual([]);
    expect(issues([field("p", type)], `{"p":${bad}}`)).toHaveLength(1);
  });

  test("a payload of 100,000 wrong elements has a bounded number of problems", () => {
    const json = `{"p":[${Array.from({ length: 100_000 }, () => '"x"').join(",")}]}`;
    expect(issues([field("p", { kind: "list", element: { kind: "int" } })], json)).toHaveLength(50);
  });

  test("bounds are words beside a field", () => {
    expect(boundsWords({ kind: "int", min: 1, max: 100 }, TYPES)).toBe("int 1 to 100");
    expect(boundsWords({ kind: "list", element: { kind: "string", maxLength: 64 }, minLength: 2 }, TYPES)).toBe(
      "list of string, at most 64 characters, at least 2 elements",
    );
    expect(boundsWords({ kind: "named", name: "User" }, TYPES)).toBe("User");
  });
});
