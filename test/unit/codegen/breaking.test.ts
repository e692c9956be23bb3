import { readFileSync } from "node:fs";
import type { Model } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { compareModels } from "#codegen/breaking/compare/compare.js";
import { findingsOf, formatFinding } from "#codegen/breaking/finding.js";
import { Places } from "#codegen/breaking/places.js";
import { allRules } from "#codegen/breaking/rules/rules.js";
import { Problems } from "#codegen/problem/problem.js";
import { readYaml } from "#codegen/read/yaml.js";
import { CASES, FIELD_CASES } from "./breaking-cases.js";
import { field, model, namespace, ofParameters, ofRecord, ofTask, task } from "./breaking-models.js";

/** `code path` of every finding, sorted. */
function found(before: Model, after: Model): string[] {
  return compareModels(before, after)
    .map(({ code, path }) => `${code} ${path.join(".")}`)
    .sort();
}

/** Levels above NOTE. */
function breaks(before: Model, after: Model): string[] {
  return compareModels(before, after)
    .filter(({ level }) => level !== "NOTE")
    .map(({ level, code }) => `${level} ${code}`);
}

describe("one rule for each change", () => {
  it.each(CASES)("$title", ({ before, after, found: expected }) => {
    expect(found(before, after)).toEqual(expected.map((each) => each.join(" ")));
  });

  it.each(FIELD_CASES)("$title, as a parameter", ({ before, after, found: expected }) => {
    const path = "namespaces.ns.tasks.work.parameters";
    const wanted = expected.map(([rule, name]) => `parameter_${rule} ${path}.${name}`);
    expect(found(ofParameters(...before), ofParameters(...after))).toEqual(wanted);
  });

  it.each(FIELD_CASES)("$title, as a field of a record", ({ before, after, found: expected }) => {
    const wanted = expected.map(([rule, name]) => `field_${rule} types.Row.fields.${name}`);
    expect(found(ofRecord(...before), ofRecord(...after))).toEqual(wanted);
  });

  it.each([...CASES.map(({ title, before, after }) => ({ title, before, after }))])(
    "nothing between a model and itself: $title",
    ({ before, after }) => {
      expect(found(before, before)).toEqual([]);
      expect(found(after, structuredClone(after))).toEqual([]);
    },
  );

  it("has a case for every rule", () => {
    const tested = new Set<string>([
      ...CASES.flatMap((each) => each.found.map(([code]) => code)),
      ...FIELD_CASES.flatMap((each) => each.found.flatMap(([rule]) => [`parameter_${rule}`, `field_${rule}`])),
    ]);
    expect(
      allRules()
        .map(([code]) => code)
        .filter((code) => !tested.has(code)),
    ).toEqual([]);
    expect(tested.size).toBeGreaterThanOrEqual(40);
  });
});

describe("the way to roll out, step by step, breaks nothing that is in flight", () => {
  const a = field("a", "int");
  const steps: readonly {
    readonly title: string;
    readonly models: readonly Model[];
    readonly accepted?: readonly string[];
  }[] = [
    {
      title: "a parameter is removed",
      models: [
        ofParameters(a, field("b", "int", { optional: true, default: 1 })),
        ofParameters(a, field("b", "int", { optional: true, default: 1, deprecated: "nobody reads it" })),
        ofParameters(a),
      ],
    },
    {
      title: "a parameter is renamed",
      models: [ofParameters(a), ofParameters(field("z", "int", { formerly: ["a"] })), ofParameters(field("z", "int"))],
    },
    {
      title: "a parameter is retyped, and no producer gives arguments by position",
      accepted: ["WIRE parameter_moved"],
      models: [
        ofParameters(field("a", "int", { optional: true, default: 0 })),
        ofParameters(field("a", "int", { optional: true, default: 0, deprecated: "use b" }), field("b", "string?")),
        ofParameters(field("b", "string?")),
      ],
    },
    {
      title: "a task is renamed",
      models: [
        ofTask({}),
        model({ namespaces: [namespace("ns", [task("labour", { formerly: ["app.work"] })])] }),
        model({ namespaces: [namespace("ns", [task("labour")])] }),
      ],
    },
    {
      title: "a task is removed",
      models: [ofTask({}), ofTask({ deprecated: "use labour" }), model({ namespaces: [namespace("ns", [])] })],
    },
  ];

  it.each(steps)("$title", ({ models, accepted = [] }) => {
    for (const [index, after] of models.entries()) {
      const before = models[index - 1];
      if (before === undefined) continue;
      const wire = breaks(before, after).filter((each) => each.startsWith("WIRE"));
      expect(wire.filter((each) => !accepted.includes(each))).toEqual([]);
    }
    const [first, last] = [models[0], models.at(-1)];
    if (first === undefined || last === undefined) throw new Error("steps have a first and a last one");
    expect(breaks(first, last).filter((each) => each.startsWith("WIRE"))).not.toEqual([]);
  });
});

describe("what a person sees", () => {
  const yaml = `taskwire: 1
application: app
namespaces:
  ns:
    processing_deadline: 5s
    tasks:
      work:
        parameters:
          a: string
`;
  function shown(before: Model, after: Model, text = yaml): string[] {
    const problems = new Problems();
    const root = readYaml("schema/app.yaml", text, problems);
    if (root === undefined) throw new Error("the schema is readable");
    const places = new Places([{ file: "schema/app.yaml", source: "schema/app.yaml", root }], "schema");
    return findingsOf(compareModels(before, after), places).map((finding) => formatFinding(finding));
  }

  it("is the place, what was and is, what that breaks, and how to roll it out", () => {
    expect(shown(ofParameters(field("a", "int")), ofParameters(field("a", "string")))).toEqual([
      `schema/app.yaml:9:11: WIRE parameter_retyped: namespaces.ns.tasks.work.parameters.a: was int, is string
  breaks: workers reject values of the other version
  roll out: add an optional one of the new type under another name; let handlers read both and producers send the new one; then mark the old one \`deprecated\`, and remove it when nothing sends it`,
    ]);
  });

  it("is the nearest key that is still there for what is gone", () => {
    const [parameter] = shown(
      ofParameters(field("a", "string"), field("b", "int")),
      ofParameters(field("a", "string")),
    );
    expect(parameter).toMatch(
      /^schema\/app\.yaml:8:9: WIRE parameter_removed: namespaces\.ns\.tasks\.work\.parameters\.b: was int, is gone/,
    );
    const [type] = shown(model({ types: [{ kind: "enum", name: "Gone", values: [] }] }), model({}));
    expect(type).toMatch(/^schema\/app\.yaml:1:1: SOURCE type_removed: types\.Gone: was an enum, is gone/);
  });

  it("is the namespace's key for what a task has from it", () => {
    const [deadline] = shown(ofTask({}), ofTask({ processingDeadline: 5000 }));
    expect(deadline).toMatch(/^schema\/app\.yaml:5:5: WIRE deadline_shortened: .*: was 30s, is 5s/);
  });

  it("is one finding, at the key that several tasks inherit from", () => {
    const inherits = "taskwire: 1\ndefaults: { processing_deadline: 5s }\nnamespaces:\n  ns:\n    name_prefix: new.\n";
    const of = (prefix: string, processingDeadline: number) =>
      model({
        namespaces: [
          namespace("ns", [
            ...["a", "b", "c", "d"].map((key) => task(key, { name: `${prefix}${key}`, processingDeadline })),
            task("own", { name: `${prefix}another`, processingDeadline: 30_000 }),
          ]),
        ],
      });
    expect(shown(of("old.", 30_000), of("new.", 5000), inherits).map((text) => text.split("\n")[0])).toEqual([
      "schema/app.yaml:2:13: WIRE deadline_shortened: defaults.processing_deadline: was 30s, is 5s (4 tasks: ns.a, ns.b, ns.c, ...)",
      'schema/app.yaml:4:3: WIRE task_renamed_or_replaced: namespaces.ns.tasks.own.name: its wire name was "old.another", is "new.another"',
      'schema/app.yaml:5:5: WIRE task_renamed_or_replaced: namespaces.ns.name_prefix: wire names began with "old.", begin with "new." (4 tasks: ns.a, ns.b, ns.c, ...)',
    ]);
  });

  it("names the likely new name of a task that is gone", () => {
    const after = model({ namespaces: [namespace("ns", [task("labour", { parameters: [field("a", "string")] })])] });
    expect(shown(ofParameters(field("a", "string")), after)[0]).toContain(
      '"app.work" is gone; if "labour" is its new name, give that formerly: [app.work]',
    );
  });

  it("gives both ways for a parameter that was renamed or replaced, and takes neither for granted", () => {
    const before = ofParameters(field("url", "string"), field("organization_id", "int"));
    const [finding = ""] = shown(before, ofParameters(field("url", "string"), field("project_id", "int")));
    expect(finding).toContain(
      '"organization_id" is gone and "project_id" is new at the same position with the same type: renamed, or replaced by another value',
    );
    expect(finding).toMatch(/if both names mean the same value, add the old name to `formerly`/);
    expect(finding).toMatch(/if they mean different values, do not use `formerly`: keep the old one/);
  });

  it("gives both ways for a task whose wire name is another one", () => {
    const [finding = ""] = shown(ofTask({}), ofTask({ name: "app.tasks.other" }));
    expect(finding).toMatch(/if it is the same task, add the old wire name to its `formerly`/);
    expect(finding).toMatch(/if it is another task, do not use `formerly`/);
  });

  it("offers a new parameter at another place as a possible new name of one that is gone", () => {
    const before = ofParameters(field("organization_id", "int"), field("url", "string"));
    const after = ofParameters(field("url", "string"), field("note", "string?"), field("project_id", "int?"));
    expect(shown(before, after).join("\n")).toContain(
      'was int, is gone; if "project_id" is the same value under a new name, give that formerly: [organization_id]',
    );
  });

  it("offers the namespace that has tasks of the same keys as the new name of one that is gone", () => {
    const before = model({ namespaces: [namespace("ns", [task("work")])] });
    const after = model({ namespaces: [namespace("jobs", [task("work", { name: "app.jobs.work" })])] });
    expect(shown(before, after).join("\n")).toContain(
      'is gone with 1 task: work; if "jobs" is its new name, give each of its tasks the old wire name in formerly',
    );
  });

  it("writes key paths as problems do, dots in names quoted", () => {
    const before = model({ namespaces: [namespace("ingest.errors", [task("work")])] });
    const after = model({ namespaces: [namespace("ingest.errors", [task("work", { atMostOnce: true })])] });
    expect(shown(before, after).join("\n")).toContain('namespaces["ingest.errors"].tasks.work.at_most_once: was');
  });

  it("never contains a password", () => {
    const signed = CASES.find(({ title }) => title === "another way to sign in");
    expect(signed).toBeDefined();
    if (signed !== undefined)
      expect(JSON.stringify(compareModels(signed.before, signed.after))).not.toContain("hunter2");
  });

  it("has the gravest change first", () => {
    const before = ofTask({ parameters: [field("a", "string"), field("b", "int?")], compression: "none" });
    const after = ofTask({ parameters: [field("a", "string", { nullable: true })] });
    expect(shown(before, after).map((text) => / (WIRE|SOURCE|NOTE) /.exec(text)?.[1])).toEqual([
      "WIRE",
      "SOURCE",
      "NOTE",
    ]);
  });
});

it("docs/guide/evolving.md shows a finding with the words of its rule", () => {
  const [, rule] = allRules().find(([code]) => code === "parameter_retyped") ?? [];
  const page = readFileSync("docs/guide/evolving.md", "utf8");
  expect(page).toContain(`  breaks: ${rule?.breaks}\n  roll out: ${rule?.rollout}\n`);
});

it("docs/reference/breaking.md has every rule as it is", () => {
  const docs = readFileSync("docs/reference/breaking.md", "utf8");
  const rows = allRules()
    .filter(([code]) => !code.startsWith("field_"))
    .map(([code, { level, breaks: what, rollout }]) => `| \`${code}\` | ${level} | ${what} | ${rollout} |`);
  expect(rows.filter((row) => !docs.includes(`${row}\n`)).join("\n")).toBe("");
});
