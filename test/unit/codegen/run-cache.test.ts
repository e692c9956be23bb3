import type { Model } from "taskwire/model";
import { expect, test } from "vitest";
import type { GenerateOptions } from "#codegen/generate.js";
import { generate } from "#codegen/index.js";
import { RunCache } from "#codegen/run-cache.js";
import { field, model as modelOf, namespace, type Parts, task } from "./breaking-models.js";

const level = (...values: readonly string[]) => ({ kind: "enum", name: "Level", values }) as const;
const model = (more: Parts = {}): Model =>
  modelOf({
    types: [level("low", "high")],
    namespaces: [
      namespace("mails", [task("send", { parameters: [field("at", "datetime"), field("level", "Level")] })]),
      namespace("things", [task("make", { parameters: [field("count", "int")] })]),
    ],
    ...more,
  });

/** Each run beside what changed since the one before. */
const RUNS: readonly (readonly [change: string, model: Model, options?: GenerateOptions])[] = [
  ["nothing yet", model()],
  ["nothing", model()],
  ["the application", model({ application: "other" })],
  ["a type that a namespace names", model({ types: [level("middle", "high")] })],
  ["a type whose name hides a global", model({ types: [level("low"), { kind: "enum", name: "Date", values: ["a"] }] })],
  ["a task", model({ namespaces: [namespace("mails", [task("send", { description: "Sends." })])] })],
  ["a namespace's text", model({ namespaces: [namespace("mails", [task("send")], { description: "Mails." })] })],
  ["nothing, as it was at first", model()],
  [
    "another namespace whose name hides a global",
    model({ namespaces: [...model().namespaces, namespace("date", [task("look")])] }),
  ],
  ["without it", model()],
  ["the file of a namespace", model(), { sources: new Map([["mails", "schema/mails.yaml"]]) }],
  ["the extension", model(), { importExtension: ".ts" }],
  ["a namespace is gone", model({ namespaces: [namespace("things", [task("make")])] })],
  [
    "it is back with another task",
    model({ namespaces: [namespace("mails", [task("sent")]), namespace("things", [])] }),
  ],
];

test("a cache that saw other runs gives what a run without one gives", () => {
  const cache = new RunCache();
  for (const [change, next, options = {}] of RUNS) {
    expect([change, ...generate(next, options, cache)]).toEqual([change, ...generate(next, options)]);
  }
});
