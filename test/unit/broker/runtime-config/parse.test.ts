import { describe, expect, it } from "vitest";
import { parseRuntimeConfig } from "#runtime/broker/runtime-config/parse.js";

const parse = (text: string) => parseRuntimeConfig("rules.yaml", text);

describe("the runtime configuration file", () => {
  it("names tasks, selectors and demoted namespaces as the file of the Rust taskbroker does", () => {
    const config = parse(`
drop_task_killswitch:
  - sentry.tasks.unmerge
  - name: sentry.tasks.reprocess
    select_arg: { 0: 123 }
    select_kwarg: { project_id: 9007199254740993, state: null }
demoted_namespaces: [ingest.errors]
demoted_topic: taskworker-long
demoted_topic_cluster: general
`);
    expect(config).toEqual({
      drop: [
        { kind: "task", name: "sentry.tasks.unmerge", line: 3 },
        {
          kind: "selector",
          name: "sentry.tasks.reprocess",
          line: 4,
          args: new Map([[0, 123n]]),
          kwargs: new Map<string, unknown>([
            ["project_id", 9007199254740993n],
            ["state", null],
          ]),
        },
      ],
      demotedNamespaces: ["ingest.errors"],
      demotedTopic: "taskworker-long",
      demotedCluster: "general",
    });
  });

  it("knows the line of each rule, also of a list that is written elsewhere", () => {
    const lines = (text: string) => parse(text).drop.map(({ line }) => line);
    expect(lines("drop_task_killswitch: [a,\n  b,\n\n  { name: c, select_arg: { 0: 1 } }]")).toEqual([1, 2, 4]);
    expect(lines("demoted_namespaces: &list\n  - a\n  - b\ndrop_task_killswitch: *list\ndemoted_topic: t")).toEqual([
      2, 3,
    ]);
    expect(lines("drop_task_killswitch: [&one a, *one]")).toEqual([1, 1]);
  });

  it.each(["{}", "# nothing\n", "drop_task_killswitch:\ndemoted_namespaces:\n", "drop_task_killswitch: []"])(
    "may drop and demote nothing: %j",
    (text) => {
      expect(parse(text)).toMatchObject({ drop: [], demotedNamespaces: [] });
    },
  );

  it.each([
    ["", "it is empty; write `drop_task_killswitch: []`"],
    ["- a\n- b", "expected object, received array"],
    [
      "droop_task_killswitch: [a]",
      'unknown key "droop_task_killswitch"; known: drop_task_killswitch, demoted_namespaces',
    ],
    ["drop_task_killswitch: a", "drop_task_killswitch: Invalid input: expected array, received string"],
    ["drop_task_killswitch: [5]", "drop_task_killswitch[0]: expected the wire name of a task, or { name, select_arg"],
    ['drop_task_killswitch: [""]', "drop_task_killswitch[0]: expected the wire name of a task"],
    [
      "drop_task_killswitch: [{ name: a }]",
      'drop_task_killswitch[0]: without select_arg and select_kwarg it drops nothing; write just "a"',
    ],
    [
      "drop_task_killswitch: [{ name: a, select_kwargs: { b: 1 } }]",
      'unknown key "select_kwargs"; known: name, select_arg, select_kwarg',
    ],
    ["drop_task_killswitch: [{ name: a, select_arg: { x: 1 } }]", "drop_task_killswitch[0].select_arg"],
    ["drop_task_killswitch: [{ name: a, select_arg: { -1: 1 } }]", "drop_task_killswitch[0].select_arg"],
    ["demoted_namespaces: [a]", "demoted_topic: expected the topic that takes the activations of demoted_namespaces"],
    ["drop_task_killswitch: [", "invalid YAML"],
    ["a: 1\na: 2", "invalid YAML: Map keys must be unique"],
    ["drop_task_killswitch: [!!js/function 'x']", "invalid YAML"],
    ["--- a\n--- b", "invalid YAML"],
  ])("is refused with the key and a hint: %j", (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
    expect(() => parse(text)).toThrow("runtime configuration rules.yaml: ");
  });

  it("names every problem at once", () => {
    expect(() => parse("drop_task_killswitch: [5, { name: a }]\ndemoted_namespaces: [b]")).toThrow(
      /killswitch\[0\].*killswitch\[1\].*demoted_topic/,
    );
  });

  it.each([
    ["__proto__: { polluted: 1 }", 'unknown key "__proto__"'],
    ["drop_task_killswitch: [{ name: a, __proto__: { polluted: 1 } }]", 'unknown key "__proto__"'],
    [
      "drop_task_killswitch: [{ name: a, select_kwarg: { x: { __proto__: { polluted: 1 } } } }]",
      "other than __proto__",
    ],
    ["constructor: { prototype: { polluted: 1 } }", 'unknown key "constructor"'],
  ])("does not reach a prototype: %j", (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("takes arguments called __proto__ and constructor as names, nothing else", () => {
    const config = parse(
      "drop_task_killswitch: [{ name: a, select_kwarg: { constructor: 1, __proto__: { polluted: 2 } } }]",
    );
    expect(config.drop).toMatchObject([
      {
        kwargs: new Map<string, unknown>([
          ["constructor", 1n],
          ["__proto__", new Map([["polluted", 2n]])],
        ]),
      },
    ]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it.each([
    [
      "an alias bomb",
      `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(", ")}]`).join("\n")}`,
    ],
    [
      "deep nesting",
      `drop_task_killswitch: [{ name: a, select_kwarg: { x: ${"[".repeat(20_000)}${"]".repeat(20_000)} } }]`,
    ],
    ["a value that holds itself", "drop_task_killswitch: [{ name: a, select_kwarg: { x: &x [*x] } }]"],
  ])("refuses %s", (_what, text) => {
    expect(() => parse(text)).toThrow("runtime configuration rules.yaml: ");
  });
});
