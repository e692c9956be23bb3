import type { FieldModel, Model, NamedType, RetryPolicy } from "taskwire/model";
import type { FieldRule } from "#codegen/breaking/rules/field-rules.js";
import type { RuleCode } from "#codegen/breaking/rules/rules.js";
import {
  environment,
  field,
  hourly,
  model,
  namespace,
  ofEnvironment,
  ofParameters,
  ofTask,
  pool,
  task,
  topic,
} from "./breaking-models.js";

/** The rules that fire, each with its key path; nothing else may. */
interface Case {
  readonly title: string;
  readonly before: Model;
  readonly after: Model;
  readonly found: readonly (readonly [code: RuleCode, path: string])[];
}

/** Fields, as parameters of a task and as fields of a record. */
interface FieldCase {
  readonly title: string;
  readonly before: readonly FieldModel[];
  readonly after: readonly FieldModel[];
  readonly found: readonly (readonly [rule: FieldRule, name: string])[];
}

const a = field("a", "int");

export const FIELD_CASES: readonly FieldCase[] = [
  { title: "a removed one", before: [a, field("b", "int")], after: [a], found: [["removed", "b"]] },
  { title: "a removed optional one", before: [a, field("b", "int?")], after: [a], found: [["removed", "b"]] },
  {
    title: "a removed one that was optional and deprecated",
    before: [a, field("b", "int?", { deprecated: "nobody reads it" })],
    after: [a],
    found: [["retired", "b"]],
  },
  {
    title: "a removed one that was deprecated and still required",
    before: [a, field("b", "int", { deprecated: "nobody reads it" })],
    after: [a],
    found: [["removed", "b"]],
  },
  {
    title: "another name in the same place",
    before: [a],
    after: [field("z", "int")],
    found: [["renamed_or_replaced", "z"]],
  },
  {
    title: "another name with the former one",
    before: [a],
    after: [field("z", "int", { formerly: ["a"] })],
    found: [["renamed_safely", "z"]],
  },
  {
    title: "another name with the former one, and another type",
    before: [a],
    after: [field("z", "string", { formerly: ["a"] })],
    found: [
      ["renamed_safely", "z"],
      ["retyped", "z"],
    ],
  },
  {
    title: "another name and type in the same place",
    before: [a],
    after: [field("z", "string?")],
    found: [["removed", "a"]],
  },
  {
    title: "a former name that is given up",
    before: [field("a", "int", { formerly: ["old", "older"] })],
    after: [field("a", "int", { formerly: ["older"] })],
    found: [["formerly_removed", "a"]],
  },
  { title: "a new required one", before: [a], after: [a, field("b", "int")], found: [["added_required", "b"]] },
  {
    title: "a former name that another one takes",
    before: [field("a", "int", { formerly: ["old"] }), field("b", "string")],
    after: [a, field("b", "string", { formerly: ["old"] })],
    found: [
      ["formerly_removed", "a"],
      ["name_reused", "b"],
    ],
  },
  {
    title: "a former name that a new one has",
    before: [field("a", "int", { formerly: ["old"] })],
    after: [a, field("old", "string?")],
    found: [
      ["formerly_removed", "a"],
      ["name_reused", "old"],
    ],
  },
  {
    title: "the name of a retired one as the former one of another",
    before: [field("a", "int"), field("b", "string?", { deprecated: "use a" })],
    after: [field("a", "int", { formerly: ["b"] })],
    found: [
      ["name_reused", "a"],
      ["retired", "b"],
    ],
  },
  { title: "a new optional one", before: [a], after: [a, field("b", "int?")], found: [] },
  {
    title: "a new one with a default",
    before: [a],
    after: [a, field("b", "int", { optional: true, default: 1 })],
    found: [],
  },
  { title: "an optional one made required", before: [field("a", "int?")], after: [a], found: [["made_required", "a"]] },
  {
    title: "a default removed",
    before: [field("a", "int", { optional: true, default: 1 })],
    after: [a],
    found: [["default_removed", "a"]],
  },
  {
    title: "a default withdrawn, still optional",
    before: [field("a", "int", { optional: true, default: 1 })],
    after: [field("a", "int?")],
    found: [["default_withdrawn", "a"]],
  },
  {
    title: "another default",
    before: [field("a", "json", { optional: true, default: { b: [1] } })],
    after: [field("a", "json", { optional: true, default: { b: [2] } })],
    found: [["default_changed", "a"]],
  },
  {
    title: "a default for a required one",
    before: [a],
    after: [field("a", "int", { optional: true, default: 1 })],
    found: [],
  },
  { title: "a required one made optional", before: [a], after: [field("a", "int?")], found: [["made_optional", "a"]] },
  {
    title: "a nullable one that no longer is",
    before: [field("a", "int", { nullable: true })],
    after: [a],
    found: [["not_nullable", "a"]],
  },
  {
    title: "one made nullable",
    before: [a],
    after: [field("a", "int", { nullable: true })],
    found: [["made_nullable", "a"]],
  },
  { title: "another type", before: [a], after: [field("a", "string")], found: [["retyped", "a"]] },
  { title: "a list of it", before: [a], after: [field("a", "int[]")], found: [["retyped", "a"]] },
  {
    title: "another type inside of a list",
    before: [field("a", "int[][]")],
    after: [field("a", "bool[][]")],
    found: [["retyped", "a"]],
  },
  {
    title: "another type inside of a map",
    before: [field("a", "int{}")],
    after: [field("a", "bool{}")],
    found: [["retyped", "a"]],
  },
  { title: "float made int", before: [field("a", "float")], after: [a], found: [["retyped", "a"]] },
  { title: "string made uuid", before: [field("a", "string")], after: [field("a", "uuid")], found: [["retyped", "a"]] },
  { title: "int made float", before: [a], after: [field("a", "float")], found: [["type_relaxed", "a"]] },
  {
    title: "uuid made string",
    before: [field("a", "uuid")],
    after: [field("a", "string")],
    found: [["type_relaxed", "a"]],
  },
  {
    title: "uuid made a string of bounded length",
    before: [field("a", "uuid")],
    after: [field("a", "string", { type: { kind: "string", maxLength: 40 } })],
    found: [["retyped", "a"]],
  },
  {
    title: "int made float within the same bounds",
    before: [field("a", "int", { type: { kind: "int", min: 1, max: 9 } })],
    after: [field("a", "float", { type: { kind: "float", min: 1, max: 9 } })],
    found: [["type_relaxed", "a"]],
  },
  {
    title: "int made bigint within other bounds, as list elements",
    before: [field("a", "int[]", { type: { kind: "list", element: { kind: "int", min: 1 } } })],
    after: [field("a", "bigint[]", { type: { kind: "list", element: { kind: "bigint", min: 2 } } })],
    found: [
      ["bounds_narrowed", "a"],
      ["type_widened", "a"],
    ],
  },
  { title: "int made bigint", before: [a], after: [field("a", "bigint")], found: [["type_widened", "a"]] },
  {
    title: "list elements made json",
    before: [field("a", "string[]")],
    after: [field("a", "json[]")],
    found: [["type_widened", "a"]],
  },
  {
    title: "a larger min",
    before: [field("a", "int", { type: { kind: "int", min: 1 } })],
    after: [field("a", "int", { type: { kind: "int", min: 2 } })],
    found: [["bounds_narrowed", "a"]],
  },
  {
    title: "a max where none was",
    before: [a],
    after: [field("a", "int", { type: { kind: "int", max: 9 } })],
    found: [["bounds_narrowed", "a"]],
  },
  {
    title: "bounds at both sides moved",
    before: [field("a", "int", { type: { kind: "int", min: 1, max: 9 } })],
    after: [field("a", "int", { type: { kind: "int", min: 0, max: 8 } })],
    found: [
      ["bounds_narrowed", "a"],
      ["widened", "a"],
    ],
  },
  {
    title: "no max any more",
    before: [field("a", "int", { type: { kind: "int", max: -1 } })],
    after: [a],
    found: [["widened", "a"]],
  },
  {
    title: "a smaller max_length of a text",
    before: [field("a", "string", { type: { kind: "string", maxLength: 200 } })],
    after: [field("a", "string", { type: { kind: "string", maxLength: 100 } })],
    found: [["length_narrowed", "a"]],
  },
  {
    title: "a min_length of a list",
    before: [field("a", "int[]")],
    after: [field("a", "int[]", { type: { kind: "list", element: { kind: "int" }, minLength: 1 } })],
    found: [["length_narrowed", "a"]],
  },
  {
    title: "bounds of a list's elements",
    before: [field("a", "int[]")],
    after: [field("a", "int[]", { type: { kind: "list", element: { kind: "int", max: 3 } } })],
    found: [["bounds_narrowed", "a"]],
  },
  {
    title: "a pattern where none was",
    before: [field("a", "string")],
    after: [field("a", "string", { type: { kind: "string", pattern: "^a" } })],
    found: [["pattern_changed", "a"]],
  },
  {
    title: "another pattern",
    before: [field("a", "string", { type: { kind: "string", pattern: "^a+$" } })],
    after: [field("a", "string", { type: { kind: "string", pattern: "^a" } })],
    found: [["pattern_changed", "a"]],
  },
  {
    title: "no pattern any more",
    before: [field("a", "string", { type: { kind: "string", pattern: "^a" } })],
    after: [field("a", "string")],
    found: [["widened", "a"]],
  },
  {
    title: "other texts for people",
    before: [field("a", "int", { description: "old" })],
    after: [field("a", "int", { description: "new", deprecated: "use b" })],
    found: [],
  },
];

const retry: RetryPolicy = { times: 3, timesExceeded: "deadletter", delay: 1000, backoff: "fixed", jitter: 0 };
const at = "namespaces.ns.tasks.work";
const one = (...fields: readonly FieldModel[]): NamedType => ({ kind: "record", name: "Row", fields });
const level = (...values: readonly string[]): NamedType => ({ kind: "enum", name: "Level", values });
const carried = (type: NamedType) => ofTask({ parameters: [field("a", `${type.name}[]`)] }, [type]);
const two = { external: { application: "two" } };
const spaces = (...names: readonly string[]) =>
  model({ namespaces: names.map((name) => namespace(name, [task(`${name}_work`)])) });
const kafka = { name: "main", kind: "kafka", brokers: ["kafka:9092"], tls: false } as const;

export const CASES: readonly Case[] = [
  {
    title: "another application",
    before: model({ application: "a" }),
    after: model({ application: "b" }),
    found: [["application_changed", "application"]],
  },
  {
    title: "a removed namespace",
    before: spaces("ns", "other"),
    after: spaces("ns"),
    found: [["namespace_removed", "namespaces.other"]],
  },
  {
    title: "a removed namespace that was deprecated",
    before: model({ namespaces: [namespace("ns", [task("work")], { deprecated: "use other" })] }),
    after: model({}),
    found: [["namespace_retired", "namespaces.ns"]],
  },
  {
    title: "a namespace under another name, wire names kept",
    before: model({ namespaces: [namespace("ns", [task("work")])] }),
    after: model({ namespaces: [namespace("new", [task("work")])] }),
    found: [
      ["namespace_retired", "namespaces.ns"],
      ["task_namespace_changed", "namespaces.new.tasks.work"],
    ],
  },
  {
    title: "a namespace handed to another application",
    before: spaces("ns"),
    after: model({ namespaces: [namespace("ns", [task("ns_work")], { external: { application: "b" } })] }),
    found: [["namespace_made_external", "namespaces.ns.external"]],
  },
  {
    title: "a namespace taken over from another application",
    before: model({ namespaces: [namespace("ns", [task("ns_work")], { external: { application: "b" } })] }),
    after: spaces("ns"),
    found: [["namespace_made_own", "namespaces.ns"]],
  },
  {
    title: "an external namespace of a third application",
    before: model({ namespaces: [namespace("ns", [], { external: { application: "b" } })] }),
    after: model({ namespaces: [namespace("ns", [], { external: { application: "c" } })] }),
    found: [["external_application_changed", "namespaces.ns.external"]],
  },
  {
    title: "a namespace made raw",
    before: spaces("ns"),
    after: model({ namespaces: [namespace("ns", [task("ns_work")], { raw: { task: "app.ns_work" } })] }),
    found: [["namespace_made_raw", "namespaces.ns.raw"]],
  },
  {
    title: "a namespace no longer raw",
    before: model({ namespaces: [namespace("ns", [task("ns_work")], { raw: { task: "app.ns_work" } })] }),
    after: spaces("ns"),
    found: [["namespace_no_longer_raw", "namespaces.ns"]],
  },
  {
    title: "a removed task",
    before: model({ namespaces: [namespace("ns", [task("work"), task("rest", { parameters: [a] })])] }),
    after: model({ namespaces: [namespace("ns", [task("work")])] }),
    found: [["task_removed", "namespaces.ns.tasks.rest"]],
  },
  {
    title: "a removed task that was deprecated",
    before: model({ namespaces: [namespace("ns", [task("work"), task("rest", { deprecated: "use work" })])] }),
    after: model({ namespaces: [namespace("ns", [task("work")])] }),
    found: [["task_retired", "namespaces.ns.tasks.rest"]],
  },
  {
    title: "another wire name for the same key",
    before: ofTask({}),
    after: ofTask({ name: "app.tasks.work" }),
    found: [["task_renamed_or_replaced", `${at}.name`]],
  },
  {
    title: "another wire name with the former one",
    before: ofTask({}),
    after: ofTask({ name: "app.tasks.work", formerly: ["app.work"] }),
    found: [["task_renamed_safely", `${at}.name`]],
  },
  {
    title: "another key and wire name with the former one",
    before: ofTask({}),
    after: model({ namespaces: [namespace("ns", [task("labour", { formerly: ["app.work"] })])] }),
    found: [
      ["task_key_changed", "namespaces.ns.tasks.labour"],
      ["task_renamed_safely", "namespaces.ns.tasks.labour.name"],
    ],
  },
  {
    title: "another key and wire name without the former one",
    before: ofTask({}),
    after: model({ namespaces: [namespace("ns", [task("labour")])] }),
    found: [["task_removed", at]],
  },
  {
    title: "a former wire name that is given up",
    before: ofTask({ formerly: ["app.labour"] }),
    after: ofTask({}),
    found: [["task_formerly_removed", at]],
  },
  {
    title: "a former wire name that another task takes",
    before: model({ namespaces: [namespace("ns", [task("work", { formerly: ["app.old"] }), task("rest")])] }),
    after: model({ namespaces: [namespace("ns", [task("work"), task("rest", { formerly: ["app.old"] })])] }),
    found: [
      ["task_formerly_removed", at],
      ["task_name_reused", "namespaces.ns.tasks.rest"],
    ],
  },
  {
    title: "a former wire name that a new task has",
    before: ofTask({ formerly: ["app.old"] }),
    after: model({ namespaces: [namespace("ns", [task("work"), task("old")])] }),
    found: [
      ["task_formerly_removed", at],
      ["task_name_reused", "namespaces.ns.tasks.old"],
    ],
  },
  {
    title: "the wire name of a retired task as the former one of another",
    before: model({ namespaces: [namespace("ns", [task("work"), task("rest", { deprecated: "use work" })])] }),
    after: ofTask({ formerly: ["app.rest"] }),
    found: [
      ["task_name_reused", at],
      ["task_retired", "namespaces.ns.tasks.rest"],
    ],
  },
  {
    title: "tasks of two applications with one wire name, of which ours goes",
    before: model({ namespaces: [namespace("ns", [task("work")]), namespace("far", [task("work")], two)] }),
    after: model({ namespaces: [namespace("ns", []), namespace("far", [task("work")], two)] }),
    found: [["task_removed", at]],
  },
  {
    title: "a new parameter of ours, where another application has a task of the same wire name",
    before: model({ namespaces: [namespace("ns", [task("work")]), namespace("far", [task("work")], two)] }),
    after: model({
      namespaces: [namespace("ns", [task("work", { parameters: [a] })]), namespace("far", [task("work")], two)],
    }),
    found: [["parameter_added_required", `${at}.parameters.a`]],
  },
  {
    title: "a former wire name that a task of another application has",
    before: ofTask({ formerly: ["app.old"] }),
    after: model({ namespaces: [namespace("ns", [task("work")]), namespace("far", [task("old")], two)] }),
    found: [["task_formerly_removed", at]],
  },
  {
    title: "a task of ours moved to another application's namespace",
    before: model({ namespaces: [namespace("ns", [task("work")]), namespace("far", [], two)] }),
    after: model({ namespaces: [namespace("ns", []), namespace("far", [task("work")], two)] }),
    found: [["task_namespace_changed", "namespaces.far.tasks.work"]],
  },
  {
    title: "another key, the same wire name",
    before: ofTask({}),
    after: model({ namespaces: [namespace("ns", [task("labour", { name: "app.work" })])] }),
    found: [["task_key_changed", "namespaces.ns.tasks.labour"]],
  },
  {
    title: "a task moved to another namespace",
    before: model({ namespaces: [namespace("ns", [task("work")]), namespace("two", [])] }),
    after: model({ namespaces: [namespace("ns", []), namespace("two", [task("work")])] }),
    found: [["task_namespace_changed", "namespaces.two.tasks.work"]],
  },
  { title: "a new task", before: model({}), after: ofTask({ parameters: [a] }), found: [] },
  {
    title: "parameters in another order",
    before: ofParameters(a, field("b", "string"), field("c", "int")),
    after: ofParameters(field("b", "string"), a, field("c", "int")),
    found: [["parameter_moved", `${at}.parameters.a`]],
  },
  {
    title: "a retired parameter before others",
    before: ofParameters(a, field("b", "string?", { deprecated: "use c" }), field("c", "int"), field("d", "int")),
    after: ofParameters(a, field("c", "int"), field("d", "int")),
    found: [
      ["parameter_moved", `${at}.parameters.c`],
      ["parameter_retired", `${at}.parameters.b`],
    ],
  },
  {
    title: "an optional parameter before others",
    before: ofParameters(a, field("b", "string")),
    after: ofParameters(a, field("x", "int?"), field("b", "string")),
    found: [["parameter_inserted", `${at}.parameters.x`]],
  },
  {
    title: "fields of a record in another order",
    before: carried(one(a, field("b", "string"))),
    after: carried(one(field("b", "string"), field("x", "int?"), a)),
    found: [],
  },
  {
    title: "at_most_once where it was not",
    before: ofTask({}),
    after: ofTask({ atMostOnce: true }),
    found: [["at_most_once_added", `${at}.at_most_once`]],
  },
  {
    title: "at_most_once given up",
    before: ofTask({ atMostOnce: true }),
    after: ofTask({}),
    found: [["at_most_once_removed", `${at}.at_most_once`]],
  },
  {
    title: "a shorter deadline",
    before: ofTask({}),
    after: ofTask({ processingDeadline: 29_000 }),
    found: [["deadline_shortened", `${at}.processing_deadline`]],
  },
  {
    title: "a shorter expiry",
    before: ofTask({ expires: 86_400_000 }),
    after: ofTask({ expires: 3_600_000 }),
    found: [["expires_shortened", `${at}.expires`]],
  },
  {
    title: "an expiry where none was",
    before: ofTask({}),
    after: ofTask({ expires: 3_600_000 }),
    found: [["expires_shortened", `${at}.expires`]],
  },
  {
    title: "longer deadline and expiry",
    before: ofTask({ expires: 1000 }),
    after: ofTask({ processingDeadline: 60_000 }),
    found: [],
  },
  {
    title: "fewer runs",
    before: ofTask({ retry }),
    after: ofTask({ retry: { ...retry, times: 2 } }),
    found: [["retry_fewer", `${at}.retry`]],
  },
  {
    title: "no retry any more",
    before: ofTask({ retry }),
    after: ofTask({}),
    found: [
      ["retry_discards", `${at}.retry`],
      ["retry_fewer", `${at}.retry`],
    ],
  },
  {
    title: "dead letters discarded",
    before: ofTask({ retry }),
    after: ofTask({ retry: { ...retry, timesExceeded: "discard" } }),
    found: [["retry_discards", `${at}.retry`]],
  },
  {
    title: "kept as a dead letter what was discarded",
    before: ofTask({ retry: { ...retry, timesExceeded: "discard" } }),
    after: ofTask({ retry }),
    found: [["retry_deadletters", `${at}.retry`]],
  },
  {
    title: "a model of before: tasks without a policy were discarded",
    before: ofTask({}),
    after: { ...ofTask({}), withoutPolicy: "deadletter" },
    found: [["failures_kept", "application"]],
  },
  {
    title: "no policy in place of one that kept dead letters, where the default keeps them too",
    before: { ...ofTask({ retry: { ...retry, times: 1 } }), withoutPolicy: "deadletter" },
    after: { ...ofTask({}), withoutPolicy: "deadletter" },
    found: [],
  },
  {
    title: "a policy that discards in place of none, where the default keeps dead letters",
    before: { ...ofTask({}), withoutPolicy: "deadletter" },
    after: { ...ofTask({ retry: { ...retry, times: 1, timesExceeded: "discard" } }), withoutPolicy: "deadletter" },
    found: [["retry_discards", `${at}.retry`]],
  },
  {
    title: "retried for some errors only",
    before: ofTask({ retry }),
    after: ofTask({ retry: { ...retry, on: ["Busy"] } }),
    found: [["retry_errors_narrowed", `${at}.retry`]],
  },
  {
    title: "one more error that is never retried",
    before: ofTask({ retry: { ...retry, on: ["Busy", "Slow"] } }),
    after: ofTask({ retry: { ...retry, on: ["Busy"], ignore: ["Gone"] } }),
    found: [["retry_errors_narrowed", `${at}.retry`]],
  },
  {
    title: "retried only when the handler asks for it",
    before: ofTask({ retry }),
    after: ofTask({ retry: { ...retry, on: [] } }),
    found: [["retry_errors_narrowed", `${at}.retry`]],
  },
  {
    title: "no error that is retried by itself any more",
    before: ofTask({ retry: { ...retry, on: ["Busy"] } }),
    after: ofTask({ retry: { ...retry, on: [] } }),
    found: [["retry_errors_narrowed", `${at}.retry`]],
  },
  {
    title: "on: [] in place of the error that a handler asks by",
    before: ofTask({ retry: { ...retry, on: ["RetryTaskError"] } }),
    after: ofTask({ retry: { ...retry, on: [] } }),
    found: [],
  },
  {
    title: "any error retried where the handler had to ask for it",
    before: ofTask({ retry: { ...retry, on: [] } }),
    after: ofTask({ retry }),
    found: [["retry_errors_widened", `${at}.retry`]],
  },
  {
    title: "one error retried where the handler had to ask for it",
    before: ofTask({ retry: { ...retry, on: [] } }),
    after: ofTask({ retry: { ...retry, on: ["Busy"] } }),
    found: [["retry_errors_widened", `${at}.retry`]],
  },
  {
    title: "an error no longer ignored",
    before: ofTask({ retry: { ...retry, ignore: ["Gone"] } }),
    after: ofTask({ retry }),
    found: [["retry_errors_widened", `${at}.retry`]],
  },
  {
    title: "another delay",
    before: ofTask({ retry }),
    after: ofTask({ retry: { ...retry, backoff: "exponential", maxDelay: 60_000 } }),
    found: [["retry_delay_changed", `${at}.retry`]],
  },
  { title: "more runs", before: ofTask({}), after: ofTask({ retry }), found: [] },
  {
    title: "another compression",
    before: ofTask({}),
    after: ofTask({ compression: "zstd" }),
    found: [["compression_changed", `${at}.compression`]],
  },
  {
    title: "a schedule",
    before: ofTask({}),
    after: ofTask({ schedule: hourly }),
    found: [["schedule_added", `${at}.schedule`]],
  },
  {
    title: "another schedule",
    before: ofTask({ schedule: hourly }),
    after: ofTask({ schedule: { ...hourly, plan: { kind: "every", period: 60_000 }, words: "every minute" } }),
    found: [["schedule_changed", `${at}.schedule`]],
  },
  {
    title: "no schedule any more",
    before: ofTask({ schedule: hourly }),
    after: ofTask({}),
    found: [["schedule_removed", `${at}.schedule`]],
  },
  {
    title: "a type removed",
    before: model({ types: [level("a")] }),
    after: model({}),
    found: [["type_removed", "types.Level"]],
  },
  {
    title: "a type of another name and the same values",
    before: ofTask({ parameters: [field("a", "Level")] }, [level("a", "b")]),
    after: ofTask({ parameters: [field("a", "Grade")] }, [{ kind: "enum", name: "Grade", values: ["b", "a"] }]),
    found: [["type_removed", "types.Level"]],
  },
  {
    title: "a record of another name and the same fields in another order",
    before: ofTask({ parameters: [field("a", "Row")] }, [one(a, field("b", "string"))]),
    after: ofTask({ parameters: [field("a", "Line")] }, [
      { kind: "record", name: "Line", fields: [field("b", "string"), a] },
    ]),
    found: [["type_removed", "types.Row"]],
  },
  {
    title: "a type of another name and other values",
    before: ofTask({ parameters: [field("a", "Level")] }, [level("a", "b")]),
    after: ofTask({ parameters: [field("a", "Grade")] }, [{ kind: "enum", name: "Grade", values: ["a"] }]),
    found: [
      ["parameter_retyped", `${at}.parameters.a`],
      ["type_removed", "types.Level"],
    ],
  },
  {
    title: "a changed type that no task carries",
    before: model({ types: [level("a", "b")] }),
    after: model({ types: [level("a")] }),
    found: [["type_unused_changed", "types.Level"]],
  },
  {
    title: "a record made an enum",
    before: carried(one(a)),
    after: carried({ kind: "enum", name: "Row", values: ["a"] }),
    found: [["type_kind_changed", "types.Row"]],
  },
  {
    title: "an enum without a value",
    before: carried(level("a", "b")),
    after: carried(level("a")),
    found: [["enum_value_removed", "types.Level.values"]],
  },
  {
    title: "an enum with one more value, in another order",
    before: carried(level("a", "b")),
    after: carried(level("c", "b", "a")),
    found: [["enum_value_added", "types.Level.values"]],
  },
  {
    title: "an enum made a text",
    before: carried(level("a")),
    after: ofTask({ parameters: [field("a", "string[]")] }, [level("a")]),
    found: [["parameter_type_widened", `${at}.parameters.a`]],
  },
  {
    title: "a text made an enum",
    before: ofTask({ parameters: [field("a", "string[]")] }, [level("a")]),
    after: carried(level("a")),
    found: [["parameter_retyped", `${at}.parameters.a`]],
  },
  {
    title: "a field of a record inside of a record",
    before: ofTask({ parameters: [field("a", "Outer")] }, [
      { kind: "record", name: "Outer", fields: [field("row", "Row{}")] },
      one(a),
    ]),
    after: ofTask({ parameters: [field("a", "Outer")] }, [
      { kind: "record", name: "Outer", fields: [field("row", "Row{}")] },
      one(field("a", "string")),
    ]),
    found: [["field_retyped", "types.Row.fields.a"]],
  },
  {
    title: "a removed environment",
    before: model({ environments: [environment()] }),
    after: model({}),
    found: [["environment_removed", "environments.saas"]],
  },
  {
    title: "a namespace routed to another topic",
    before: ofEnvironment({}, ["ns", "other"]),
    after: ofEnvironment(
      {
        routes: [
          { namespace: "ns", topic: "second" },
          { namespace: "*", topic: "first" },
        ],
      },
      ["ns", "other"],
    ),
    found: [["route_moved", "environments.saas.routes.ns"]],
  },
  {
    title: "the route of all others to another topic",
    before: ofEnvironment({}),
    after: ofEnvironment({ routes: [{ namespace: "*", topic: "second" }] }),
    found: [["route_moved", "environments.saas.routes.*"]],
  },
  {
    title: "a route by name that says the same as the one of all others",
    before: ofEnvironment({}),
    after: ofEnvironment({ routes: [{ namespace: "ns", topic: "first" }] }),
    found: [],
  },
  {
    title: "a topic removed that namespaces went to",
    before: ofEnvironment({}),
    after: ofEnvironment({
      topics: [topic("second")],
      routes: [{ namespace: "*", topic: "second" }],
      pools: [pool("general", ["second"])],
    }),
    found: [["topic_removed", "environments.saas.topics.first"]],
  },
  {
    title: "a topic removed that only retries went to",
    before: ofEnvironment({ topics: [topic("first", { retry: "second" }), topic("second")] }),
    after: ofEnvironment({ topics: [topic("first")], pools: [pool("general", ["first"])] }),
    found: [
      ["retry_topic_moved", "environments.saas.topics.first.retry"],
      ["topic_removed", "environments.saas.topics.second"],
    ],
  },
  {
    title: "a topic removed that nothing went to",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first")], pools: [pool("general", ["first"])] }),
    found: [["unused_topic_removed", "environments.saas.topics.second"]],
  },
  {
    title: "a topic that no pool reads any more",
    before: ofEnvironment({}),
    after: ofEnvironment({ pools: [pool("general", ["second"])] }),
    found: [["topic_unread", "environments.saas.topics.first"]],
  },
  {
    title: "topics in another file",
    before: ofEnvironment({ clusters: [{ name: "main", kind: "sqlite", file: "log.db" }] }),
    after: ofEnvironment({ clusters: [{ name: "main", kind: "sqlite", file: "other.db" }] }),
    found: [
      ["topic_moved", "environments.saas.topics.first.cluster"],
      ["topic_moved", "environments.saas.topics.second.cluster"],
    ],
  },
  {
    title: "a topic on another cluster",
    before: ofEnvironment({}),
    after: ofEnvironment({
      clusters: [kafka, { ...kafka, name: "new" }],
      topics: [topic("first", { cluster: "new" }), topic("second")],
    }),
    found: [["topic_moved", "environments.saas.topics.first.cluster"]],
  },
  {
    title: "a SQLite cluster under another name, the same file",
    before: ofEnvironment({ clusters: [{ name: "main", kind: "sqlite", file: "log.db" }] }),
    after: ofEnvironment({
      clusters: [{ name: "new", kind: "sqlite", file: "log.db" }],
      topics: [topic("first", { cluster: "new" }), topic("second", { cluster: "new" })],
    }),
    found: [],
  },
  {
    title: "a topic in another pool",
    before: ofEnvironment({}),
    after: ofEnvironment({ pools: [pool("general", ["second"]), pool("own", ["first"])] }),
    found: [["topic_pool_changed", "environments.saas.pools.own.topics"]],
  },
  {
    title: "another consumer group",
    before: ofEnvironment({}),
    after: ofEnvironment({ pools: [pool("general", ["first", "second"], { group: "mine" })] }),
    found: [["pool_group_changed", "environments.saas.pools.general.group"]],
  },
  {
    title: "fewer partitions",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first", { partitions: 3 }), topic("second")] }),
    found: [["partitions_reduced", "environments.saas.topics.first.partitions"]],
  },
  {
    title: "more partitions",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first", { partitions: 8 }), topic("second")] }),
    found: [["partitions_added", "environments.saas.topics.first.partitions"]],
  },
  {
    title: "dead letters in another topic",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first", { deadLetter: "dead" }), topic("second")] }),
    found: [["dead_letter_moved", "environments.saas.topics.first.dead_letter"]],
  },
  {
    title: "dead letters that are kept less long than Kafka's default",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first", { deadLetterRetention: 86_400_000 }), topic("second")] }),
    found: [["dead_letter_retention_shortened", "environments.saas.topics.first.dead_letter_retention"]],
  },
  {
    title: "dead letters that are kept longer",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first", { deadLetterRetention: 90 * 86_400_000 }), topic("second")] }),
    found: [],
  },
  {
    title: "retries in another topic",
    before: ofEnvironment({}),
    after: ofEnvironment({ topics: [topic("first", { retry: "second" }), topic("second")] }),
    found: [["retry_topic_moved", "environments.saas.topics.first.retry"]],
  },
  {
    title: "other addresses of a cluster",
    before: ofEnvironment({}),
    after: ofEnvironment({ clusters: [{ ...kafka, brokers: ["other:9092"] }] }),
    found: [["cluster_brokers_changed", "environments.saas.clusters.main.kafka.brokers"]],
  },
  {
    title: "another way to sign in",
    before: ofEnvironment({}),
    after: ofEnvironment({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable's name as the schema holds it
      clusters: [{ ...kafka, sasl: { mechanism: "plain", username: "${U}", password: "hunter2" } }],
    }),
    found: [["cluster_access_changed", "environments.saas.clusters.main.kafka"]],
  },
  {
    title: "an application no longer pushed to",
    before: ofEnvironment({
      pools: [pool("general", ["first", "second"], { push: [{ application: "py", addresses: ["w:1"] }] })],
    }),
    after: ofEnvironment({}),
    found: [["push_removed", "environments.saas.pools.general.push"]],
  },
  {
    title: "lower limits of a pool",
    before: ofEnvironment({}),
    after: ofEnvironment({
      pools: [pool("general", ["first", "second"], { maxProcessingDeadline: 60_000, maxDelayCount: 9 })],
    }),
    found: [
      ["pool_limit_lowered", "environments.saas.pools.general.max_delay_count"],
      ["pool_limit_lowered", "environments.saas.pools.general.max_processing_deadline"],
    ],
  },
  {
    title: "a namespace that one environment no longer has",
    before: ofEnvironment({}, ["ns", "other"]),
    after: ofEnvironment({ absent: [{ namespace: "other", environments: ["cell"] }] }, ["ns", "other"]),
    found: [["namespace_left_environment", "namespaces.other.environments"]],
  },
  {
    title: "a namespace that one environment has now",
    before: ofEnvironment({ absent: [{ namespace: "other", environments: ["cell"] }] }, ["ns", "other"]),
    after: ofEnvironment({}, ["ns", "other"]),
    found: [["namespace_entered_environment", "namespaces.other.environments"]],
  },
  {
    title: "another route of namespaces that an environment does not have",
    before: ofEnvironment({ absent: [{ namespace: "ns", environments: ["cell"] }] }),
    after: ofEnvironment({
      absent: [{ namespace: "ns", environments: ["cell"] }],
      routes: [{ namespace: "*", topic: "second" }],
    }),
    found: [],
  },
  {
    title: "owners and labels",
    before: ofTask({ owner: "team-a", labels: { tier: "1" } }),
    after: ofTask({ owner: "team-b", labels: { area: "billing" } }),
    found: [],
  },
  {
    title: "a new environment, topic and pool",
    before: ofEnvironment({}),
    after: {
      ...ofEnvironment({
        topics: [topic("first"), topic("second"), topic("third")],
        pools: [pool("general", ["first", "second"]), pool("new", ["third"])],
      }),
    },
    found: [],
  },
];
