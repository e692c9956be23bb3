import fc from "fast-check";
import type { FieldModel, Model, NamedType, TaskModel, TypeModel } from "taskwire/model";
import { expect, test } from "vitest";
import { compareModels } from "#codegen/breaking/compare/compare.js";
import { environment, model, namespace, task } from "../unit/codegen/breaking-models.js";

const RUNS = { numRuns: Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 200) };
const TYPES = ["Row", "Level"] as const;

const constraints = fc.record({ min: fc.integer(), max: fc.integer() }, { requiredKeys: [] });
const scalar: fc.Arbitrary<TypeModel> = fc.oneof(
  constraints.map((bounds): TypeModel => ({ kind: "int", ...bounds })),
  fc
    .constantFrom("bigint", "float", "string", "bool", "bytes", "datetime", "uuid", "json")
    .map((kind): TypeModel => ({ kind })),
);
const { type } = fc.letrec<{ type: TypeModel }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.constantFrom(...TYPES).map((name): TypeModel => ({ kind: "named", name })),
    tie("type").map((element): TypeModel => ({ kind: "list", element })),
    tie("type").map((element): TypeModel => ({ kind: "map", element })),
  ),
}));

/** Names that a plain object has, too. */
const name = fc.oneof(
  fc.constantFrom("toString", "hasOwnProperty", "a", "b", "c"),
  fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/),
);

const fieldOf = (of: fc.Arbitrary<TypeModel>): fc.Arbitrary<FieldModel> =>
  fc.record({
    name,
    type: of,
    optional: fc.boolean(),
    nullable: fc.boolean(),
  });
const fields = (of: fc.Arbitrary<TypeModel>) =>
  fc.uniqueArray(fieldOf(of), { selector: (each) => each.name, maxLength: 5 });

const types: fc.Arbitrary<readonly NamedType[]> = fields(scalar).map((found): readonly NamedType[] => [
  { kind: "record", name: "Row", fields: found },
  { kind: "enum", name: "Level", values: ["a", "b"] },
]);

const tasks: fc.Arbitrary<readonly TaskModel[]> = fc.uniqueArray(
  fc
    .record({ key: name, parameters: fields(type), atMostOnce: fc.boolean(), expires: fc.nat() })
    .map(({ key, ...more }) => task(key, more)),
  { selector: ({ key }) => key, maxLength: 4 },
);

const models: fc.Arbitrary<Model> = fc
  .record({ types, tasks })
  .map(({ types, tasks }) => model({ types, namespaces: [namespace("ns", tasks)], environments: [environment()] }));

/** Every task with one optional parameter more, at the end, and every record with one more field, at some place. */
function extended(before: Model, added: FieldModel, at: number): Model {
  const more = (all: readonly FieldModel[], index: number) =>
    all.some((each) => each.name === added.name) ? all : all.toSpliced(index, 0, added);
  return {
    ...before,
    types: before.types.map((each) => (each.kind === "enum" ? each : { ...each, fields: more(each.fields, at) })),
    namespaces: before.namespaces.map((each) => ({
      ...each,
      tasks: each.tasks.map((one) => ({ ...one, parameters: more(one.parameters, one.parameters.length) })),
    })),
  };
}

test("a model compared with itself yields nothing", () => {
  fc.assert(
    fc.property(models, (each) => {
      expect(compareModels(each, structuredClone(each))).toEqual([]);
    }),
    RUNS,
  );
});

test("optional parameters at the end and optional fields anywhere yield nothing", () => {
  const added = fieldOf(scalar).map((each): FieldModel => ({ ...each, optional: true }));
  fc.assert(
    fc.property(models, added, fc.nat(5), (before, more, at) => {
      expect(compareModels(before, extended(before, more, at))).toEqual([]);
    }),
    RUNS,
  );
});

test("a task that is gone is found whatever else has changed, once", () => {
  fc.assert(
    fc.property(models, models, (before, after) => {
      const gone = before.namespaces.flatMap((each) =>
        each.tasks.filter(({ name }) => !after.namespaces.some((now) => now.tasks.some((is) => is.name === name))),
      );
      const found = compareModels(before, after).filter(({ code }) => code === "task_removed");
      expect(found.map(({ path }) => path.at(-1)).sort()).toEqual(gone.map(({ key }) => key).sort());
    }),
    RUNS,
  );
});

test("the order of two comparisons' findings is the same, and every finding has a rule", () => {
  fc.assert(
    fc.property(models, models, (before, after) => {
      const first = compareModels(before, after);
      expect(compareModels(structuredClone(before), structuredClone(after))).toEqual(first);
    }),
    RUNS,
  );
});
