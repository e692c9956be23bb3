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

const DESCRIPTION = optional(text("text"), "What it is for, for people; becomes a comment of the generated code.");
/** On one namespace or task. */
const MOST_LABELS = 32;
const ERROR_NAMES = listOf("error names", text("an error's name", ERROR_NAME));

export const RETRY_POLICY = mapping("a retry policy", {
  times: required(integer({ min: 1, max: 1_000_000 }), "Maximum number of finished runs, the first one included."),
  times_exceeded: optional(
    choice("discard", "deadletter"),
    "What happens after the last run; default deadletter: it is kept.",
  ),
  delay: optional(duration({ positive: false }), "Time until the next run; default 0."),
  backoff: optional(choice("fixed", "exponential"), "Whether the delay doubles with each run; default fixed."),
  max_delay: optional(duration({ positive: true }), "Longest delay with exponential backoff."),
  jitter: optional(number({ min: 0, max: 1 }), "Random share of the delay, 0 to 1; default 0."),
  on: optional(
    ERROR_NAMES,
    "Errors that are retried; default any, and a missed deadline. `[]`: none, only what `task.retry()` asks for.",
  ),
  ignore: optional(ERROR_NAMES, "Errors that are never retried."),
});

export const RETRY_POLICIES = mapOf(POLICY_NAME, RETRY_POLICY);

const POLICY = text("a policy's name");

/** A number is likely meant as the number of runs, and "never" as no policy at all. */
const POLICY_REFERENCE: Shape<string> = {
  form: POLICY.form,
  validate(node, path, problems) {
    const value = node.kind === "scalar" ? node.value : undefined;
    const times = typeof value === "string" && !/^\d+$/.test(value.trim()) ? undefined : Number(value);
    const isNumber = times !== undefined && Number.isInteger(times) && typeof value !== "boolean";
    if (!isNumber && typeof value !== "boolean") return POLICY.validate(node, path, problems);
    const hint = isNumber
      ? `write { times: ${Math.max(times, 1)} }; times counts every run, the first one included`
      : "write { times: 3, delay: 10s }, or leave retry out: a task without it runs once";
    const expected = "a policy's name or a policy";
    problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node), hint });
    return undefined;
  },
};

const RETRY = either("a policy's name or a policy", POLICY_REFERENCE, RETRY_POLICY);

/** What a task has from its namespace, and its namespace from the application's `defaults`, unless it says otherwise. */
const INHERITED = {
  retry: optional(RETRY, "Retry policy, by name or in place; default none: one run, then a dead letter."),
  expires: optional(
    durationOr("never", { positive: true }),
    "How long an activation may wait after `.delay()` before it is dropped; default never.",
  ),
  processing_deadline: optional(duration({ positive: true }), "How long a run may take; default 30s."),
};

/** What all of the application's own namespaces inherit. */
export const DEFAULTS = mapping("defaults", INHERITED);

/** Who looks after it. Nothing of the wire or the code depends on these. */
const OWNED = {
  owner: optional(
    text("an owner", OWNER),
    "Who looks after it, such as a team: in `taskwire.json`, in `status`, and in the log lines of failed runs; default that of the namespace.",
  ),
  labels: optional(
    mapOf(LABEL_NAME, text("a label's value", LABEL_VALUE), { most: MOST_LABELS }),
    "Free words for tools that read `taskwire.json`; a task has those of its namespace, too, and its own win.",
  ),
};

export const TASK = mapping("a task", {
  name: optional(
    text("a wire name", WIRE_NAME),
    "Name on the wire; default the namespace's `name_prefix` and the task, else `<namespace>.<task>`.",
  ),
  description: DESCRIPTION,
  deprecated: DEPRECATED,
  formerly: optional(
    oneOrMany("a former wire name", text("a wire name", WIRE_NAME), "former wire names"),
    "Wire names it had before; workers still take activations under them.",
  ),
  parameters: optional(FIELDS, "Parameters, in order; default none."),
  ...INHERITED,
  at_most_once: optional(boolean(), "Whether the handler starts at most once, whatever is lost; default false."),
  compression: optional(choice("auto", "zstd", "none"), "Of the parameters; default auto: zstd above 3 MB."),
  schedule: optional(SCHEDULE, "When the task is started by itself; default never."),
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
    "Its tasks are run by another application: it gets clients and no handlers.",
  ),
  raw: optional(
    mapping("raw", {
      task: required(text("a task's name"), "The namespace's only task, which takes one `bytes` parameter."),
    }),
    "The records of its topic, which is its own, are bytes and no activations: each becomes one of the task.",
  ),
  name_prefix: optional(
    text("a prefix of wire names", NAME_PREFIX),
    "What the wire names of its tasks begin with: a task's is the prefix and the task, unless it says `name`.",
  ),
  environments: optional(
    listOf("environments", text("an environment's name"), { nonEmpty: true }),
    "The environments that have it; all others ignore it, and there `.delay()` fails; default all.",
  ),
  ...INHERITED,
  ...OWNED,
  tasks: required(mapOf(TASK_NAME, TASK), "The namespace's tasks."),
});

export const NAMESPACES = mapOf(NAMESPACE_NAME, NAMESPACE);
