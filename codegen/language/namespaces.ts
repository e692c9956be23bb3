import { describe } from "../read/node.js";
import {
  APPLICATION_KEY,
  asText,
  ERROR_NAME,
  LABEL_NAME,
  LABEL_VALUE,
  NAME_PREFIX,
  NAMESPACE_NAME,
  OWNER,
  POLICY_NAME,
  TASK_NAME,
  WIRE_NAME,
} from "./names.js";
import { SCHEDULE } from "./schedule.js";
import { either, oneOrMany } from "./shapes/alternatives.js";
import { listOf, mapOf, mapping, optional, required } from "./shapes/collections.js";
import { boolean, choice, duration, durationOr, integer, number, text } from "./shapes/scalars.js";
import type { Shape } from "./shapes/shape.js";
import { DEPRECATED, FIELDS } from "./types.js";

const DESCRIPTION = optional(text("a string"), "What it is for; becomes a comment in the generated code.");
/** Most labels of one namespace or task. */
const MOST_LABELS = 32;
const ERROR_NAMES = listOf("error names", text("an error's name", ERROR_NAME));

export const RETRY_POLICY = mapping("a retry policy", {
  times: required(integer({ min: 1, max: 1_000_000 }), "Maximum number of finished runs, including the first."),
  times_exceeded: optional(
    choice("discard", "deadletter"),
    "What happens after the last run; default deadletter: the activation is kept as a dead letter.",
  ),
  delay: optional(duration({ positive: false }), "Time until the next run; default 0."),
  backoff: optional(choice("fixed", "exponential"), "Whether the delay doubles with each run; default fixed."),
  max_delay: optional(duration({ positive: true }), "Longest delay with exponential backoff."),
  jitter: optional(number({ min: 0, max: 1 }), "Random share of the delay, 0 to 1; default 0."),
  on: optional(
    ERROR_NAMES,
    "Errors that are retried; default all, and a missed deadline. `[]`: none, only calls of `task.retry()`.",
  ),
  ignore: optional(ERROR_NAMES, "Errors that are never retried."),
});

export const RETRY_POLICIES = mapOf(POLICY_NAME, RETRY_POLICY);

const POLICY = text("a policy's name");

/** A number is probably meant as `times`, and a boolean as a policy or none. */
const POLICY_REFERENCE: Shape<string> = {
  form: POLICY.form,
  validate(node, path, problems) {
    const value = node.kind === "scalar" ? node.value : undefined;
    const times = typeof value === "string" && !/^\d+$/.test(value.trim()) ? undefined : Number(value);
    const isNumber = times !== undefined && Number.isInteger(times) && typeof value !== "boolean";
    if (!isNumber && typeof value !== "boolean") return POLICY.validate(node, path, problems);
    const hint = isNumber
      ? `write { times: ${Math.max(times, 1)} }; times counts every run, including the first`
      : "write { times: 3, delay: 10s }, or remove retry: a task without it runs once";
    const expected = "a policy's name or a policy";
    problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node), hint });
    return undefined;
  },
};

const RETRY = either("a policy's name or a policy", POLICY_REFERENCE, RETRY_POLICY);

/** Keys that a task inherits from its namespace, and a namespace from the application's `defaults`. */
const INHERITED = {
  retry: optional(RETRY, "Retry policy, by name or inline; default none: one run, then a dead letter."),
  expires: optional(
    durationOr("never", { positive: true }),
    "How long an activation may wait after `.delay()` before it is dropped; default never.",
  ),
  processing_deadline: optional(duration({ positive: true }), "How long a run may take; default 30s."),
};

/** Inherited by all of the application's own namespaces. */
export const DEFAULTS = mapping("defaults", INHERITED);

/** Ownership. Neither the wire nor the generated code depends on it. */
const OWNED = {
  owner: optional(
    text("an owner", OWNER),
    "Who is responsible, such as a team: shown in `taskwire.json`, in `status` and in log lines of failed runs; default the namespace's owner.",
  ),
  labels: optional(
    mapOf(LABEL_NAME, text("a label's value", LABEL_VALUE), { most: MOST_LABELS }),
    "Labels for tools that read `taskwire.json`; a task inherits its namespace's labels, and its own win.",
  ),
};

export const TASK = mapping("a task", {
  name: optional(
    text("a wire name", WIRE_NAME),
    "Name on the wire; default `<name_prefix><task>` if the namespace has a prefix, else `<namespace>.<task>`.",
  ),
  description: DESCRIPTION,
  deprecated: DEPRECATED,
  formerly: optional(
    oneOrMany("a former wire name", text("a wire name", WIRE_NAME), "former wire names"),
    "Former wire names; workers still accept activations under them.",
  ),
  parameters: optional(FIELDS, "Parameters, in order; default none."),
  ...INHERITED,
  at_most_once: optional(boolean(), "Whether the handler starts at most once, even if the run is lost; default false."),
  compression: optional(
    choice("auto", "zstd", "none"),
    "Compression of the parameters; default auto: zstd above 3 MB.",
  ),
  schedule: optional(SCHEDULE, "When the scheduler starts the task; default never."),
  silenced: optional(ERROR_NAMES, "Expected errors: runs that fail with one are not logged as warnings."),
  ...OWNED,
});

export const NAMESPACE = mapping("a namespace", {
  description: DESCRIPTION,
  deprecated: DEPRECATED,
  external: optional(
    mapping("external", {
      application: required(
        text("an application's name", asText(APPLICATION_KEY)),
        "The application that runs its tasks.",
      ),
    }),
    "Another application runs its tasks: it gets clients and no handlers.",
  ),
  raw: optional(
    mapping("raw", {
      task: required(text("a task's name"), "The namespace's only task, which takes one `bytes` parameter."),
    }),
    "Its topic holds plain bytes instead of activations: each record becomes an activation of its task. No other namespace may use the topic.",
  ),
  name_prefix: optional(
    text("a prefix of wire names", NAME_PREFIX),
    "Prefix of its tasks' wire names: `<name_prefix><task>`, unless the task has `name`.",
  ),
  environments: optional(
    listOf("environments", text("an environment's name"), { nonEmpty: true }),
    "Environments that have it; default all. In the others `.delay()` fails.",
  ),
  ...INHERITED,
  ...OWNED,
  tasks: required(mapOf(TASK_NAME, TASK), "The namespace's tasks."),
});

export const NAMESPACES = mapOf(NAMESPACE_NAME, NAMESPACE);
