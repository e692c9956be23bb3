import type { FieldModel, Model } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { conditionsByName } from "#runtime/operations/kill-conditions.js";

const field = (name: string, change: Partial<FieldModel> = {}): FieldModel => ({
  ...{ name, type: { kind: "int" }, optional: false, nullable: false },
  ...change,
});

function model(application: string, parameters: readonly FieldModel[]): Model {
  const task = {
    ...{ key: "quick", name: "things.quick", formerly: ["things.fast"], hash: "1", processingDeadline: 30_000 },
    ...{ atMostOnce: false, compression: "auto" as const, parameters },
  };
  const namespaces = [{ name: "things", tasks: [task] }];
  return { taskwire: 1, application, hash: "00", types: [], namespaces, environments: [] };
}

const MODEL = model("app", [field("a"), field("b", { formerly: ["old"] }), field("pin", { sensitive: true })]);

describe("conditions of a kill rule by names of parameters", () => {
  it("cover position, keyword and former names, whichever of them is given", () => {
    const expected = { args: { 1: 5 }, kwargs: { b: 5, old: 5 } };
    expect(conditionsByName([MODEL], "things.quick", { b: 5 })).toEqual(expected);
    expect(conditionsByName([MODEL], "things.quick", { old: 5 })).toEqual(expected);
    expect(conditionsByName([MODEL], "things.fast", { b: 5 })).toEqual(expected);
  });

  it("are keywords alone where no model has the task or the parameter", () => {
    expect(conditionsByName([], "things.quick", { b: null })).toEqual({ kwargs: { b: null } });
    expect(conditionsByName([MODEL], "things.other", { b: 1 })).toEqual({ kwargs: { b: 1 } });
    expect(conditionsByName([MODEL], "things.quick", { c: 1 })).toEqual({ kwargs: { c: 1 } });
  });

  it("have the positions of every application that has a task of this name", () => {
    const other = model("other", [field("b"), field("a")]);
    expect(conditionsByName([MODEL, other], "things.quick", { a: 1 })).toEqual({
      ...{ args: { 0: 1, 1: 1 }, kwargs: { a: 1 } },
    });
  });

  it("are none for a whole task, and refuse what is no object and what is sensitive", () => {
    expect(conditionsByName([MODEL], "things.quick", undefined)).toEqual({});
    expect(conditionsByName([MODEL], "things.quick", {})).toEqual({});
    for (const named of [null, [], "b=5", 5])
      expect(() => conditionsByName([MODEL], "things.quick", named)).toThrow(
        expect.objectContaining({ code: "bad_parameter", field: "args" }),
      );
    expect(() => conditionsByName([MODEL], "things.quick", { pin: 1 })).toThrow(
      expect.objectContaining({ code: "bad_parameter", field: "args.pin" }),
    );
  });

  it("keep names that objects have by themselves", () => {
    const named: unknown = JSON.parse('{"__proto__": 1, "constructor": 2}');
    expect(JSON.stringify(conditionsByName([MODEL], "things.quick", named))).toBe(
      '{"kwargs":{"__proto__":1,"constructor":2}}',
    );
  });
});
