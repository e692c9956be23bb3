import { describe, type Node } from "../read/node.js";
import { either, wordOr } from "./shapes/alternatives.js";
import { listOf, mapping, optional } from "./shapes/collections.js";
import { nicknamed } from "./shapes/cron-words.js";
import { durationIn } from "./shapes/duration-words.js";
import { boolean, choice, duration, integer, text } from "./shapes/scalars.js";
import type { Shape } from "./shapes/shape.js";
import { PARAMETER_VALUES } from "./shapes/values.js";

/** Largest number of missed slots that one catch-up starts. */
const MOST_MISSED = 1000;

const ENABLED = "true, false or a list of environments";

/** One environment's name alone gets a hint at the list. */
const ON_OR_OFF: Shape<boolean> = {
  form: boolean().form,
  validate(node, path, problems) {
    const value = node.kind === "scalar" ? node.value : null;
    if (typeof value === "boolean") return value;
    const hint = typeof value === "string" && /^[\w.-]+$/.test(value) ? `write [${value}]` : undefined;
    problems.add(node.place, { code: "wrong_type", path, expected: ENABLED, got: describe(node), hint });
    return undefined;
  },
};

/** The hint for a schedule that is written as one value. */
function hintFor(node: Node): string | undefined {
  const text = node.kind === "scalar" ? node.source.trim() : "";
  if (text === "") return undefined;
  if (/^\S+( +\S+){4}$/.test(text)) return `write { cron: ${JSON.stringify(text)} }`;
  if (text.startsWith("@")) return `write { cron: ${JSON.stringify(nicknamed(text) ?? "0 0 * * *")} }`;
  return `write { every: ${durationIn(text) ?? "5m"} } or { cron: "0 0 * * *" }`;
}

/** When the scheduler starts a task. */
const SCHEDULE_MAPPING = mapping(
  "a schedule",
  {
    cron: optional(
      text("a cron expression"),
      'Five fields: minute, hour, day of month, month, day of week: `"*/10 * * * *"`.',
    ),
    every: optional(
      duration({ positive: true }),
      "Time between two runs; runs are at its multiples since 1970, in UTC.",
    ),
    timezone: optional(text("a timezone"), "IANA name of the timezone of cron; default UTC."),
    parameters: optional(PARAMETER_VALUES, "Parameters of each run; default none."),
    missed: optional(
      wordOr("skip, once or a whole number", choice("skip", "once"), integer({ min: 0, max: MOST_MISSED })),
      "How many missed runs to make up after downtime: none (skip), the latest one (once), or up to N; default once.",
    ),
    jitter: optional(duration({ positive: false }), "Longest random delay of a run; default 0."),
    enabled: optional(
      either(ENABLED, ON_OR_OFF, listOf("environments", text("an environment's name"))),
      "Whether it runs, or the environments it runs in; default true.",
    ),
  },
  ["cron", "every"],
);

export const SCHEDULE: typeof SCHEDULE_MAPPING = {
  form: SCHEDULE_MAPPING.form,
  validate(node, path, problems) {
    if (node.kind === "mapping") return SCHEDULE_MAPPING.validate(node, path, problems);
    const expected = "a schedule (a mapping)";
    problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node), hint: hintFor(node) });
    return undefined;
  },
};
