import { type FieldModel, formatDuration, type ScheduleModel, type SchedulePlan } from "taskwire/model";
import type { Entry, ScheduleSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";
import type { Sections } from "../../validate/sections.js";
import type { ValueReader } from "../types/values.js";
import { checkCron, checkTimezone, cronWords } from "./cron.js";
import { checkEnvironmentName } from "./environment-names.js";

interface ScheduleParts {
  readonly sections: Sections;
  /** That the task's namespace is in; undefined: all. */
  readonly environments: readonly string[] | undefined;
  readonly values: ValueReader;
  /** The task's parameters; undefined when some were refused, so that values cannot be checked. */
  readonly parameters: readonly FieldModel[] | undefined;
}

/** Undefined when something was reported. */
export function resolveSchedule(
  entry: Entry<ScheduleSpec>,
  { sections, environments, values, parameters }: ScheduleParts,
  problems: Problems,
): ScheduleModel | undefined {
  const spec = entry.value;
  const plan = resolvePlan(spec, problems);
  const path = `${entry.path}.parameters`;
  const given = spec.parameters?.value ?? { kind: "mapping", entries: [], place: entry.keyPlace };
  const checked = parameters !== undefined && given.kind === "mapping";
  const read = checked ? values.parameters(parameters, given, path) : undefined;
  const enabled = resolveEnabled(spec.enabled, environments, sections, problems);
  if (plan === undefined || read === undefined) return undefined;
  return {
    plan,
    words: plan.kind === "cron" ? cronWords(plan.expression) : everyWords(plan.period),
    ...(spec.parameters === undefined ? {} : { parameters: read }),
    missed: spec.missed?.value === 0 ? "skip" : (spec.missed?.value ?? "once"),
    jitter: spec.jitter?.value ?? 0,
    enabled,
  };
}

function resolvePlan(spec: ScheduleSpec, problems: Problems): SchedulePlan | undefined {
  const { cron, every, timezone, jitter } = spec;
  if (timezone !== undefined) checkTimezone(timezone, problems);
  // Both or none were reported.
  if ((cron === undefined) === (every === undefined)) return undefined;
  if (cron !== undefined) {
    const expression = checkCron(cron, problems);
    return expression === undefined ? undefined : { kind: "cron", expression, timezone: timezone?.value ?? "UTC" };
  }
  if (every === undefined) return undefined;
  if (timezone !== undefined) {
    problems.add(timezone.keyPlace, {
      code: "bad_schedule",
      path: timezone.path,
      expected: "a timezone only beside cron",
      got: "one beside every",
      sentence: "timezone is allowed only beside cron",
      hint: "remove it; with every, runs are at multiples of the period in UTC",
    });
  }
  if (jitter !== undefined && jitter.value >= every.value) {
    problems.add(jitter.place, {
      code: "bad_schedule",
      path: jitter.path,
      expected: `a jitter below the period, ${formatDuration(every.value)}`,
      got: formatDuration(jitter.value),
      hint: "shorten it",
    });
  }
  return { kind: "every", period: every.value };
}

function resolveEnabled(
  entry: ScheduleSpec["enabled"],
  environments: readonly string[] | undefined,
  sections: Sections,
  problems: Problems,
): ScheduleModel["enabled"] {
  if (entry === undefined) return true;
  if (entry.value.kind === "scalar") return entry.value.value;
  for (const name of entry.value.value) {
    checkEnvironmentName(name, sections, problems);
    if (environments === undefined || environments.includes(name.value)) continue;
    problems.add(name.place, {
      code: "absent_namespace",
      path: name.path,
      expected: `an environment that the namespace is in (${environments.join(", ")})`,
      got: quoted(name.value),
      sentence: `the namespace is not in environment ${quoted(name.value)}, only in ${environments.join(", ")}`,
      hint: "remove it, or add it to the namespace's environments",
    });
  }
  const names = [...new Set(entry.value.value.map(({ value }) => value))];
  return names.length === 0 ? false : names;
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** 90 s is "Every 90 seconds", one hour "Every hour". */
function everyWords(period: number): string {
  const [unit, length] = UNITS.find(([, length]) => period % length === 0) ?? ["millisecond", 1];
  const count = period / length;
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}
