import type { Model } from "../../model/model.js";
import { poolKey } from "../status/pool-key.js";
import { ofBrokers } from "./causes/broker.js";
import { ofConfiguration } from "./causes/configuration.js";
import { ofControls } from "./causes/controls.js";
import { ofFleet, type Silent } from "./causes/fleet.js";
import { ofLetters } from "./causes/letters.js";
import { ofLimits } from "./causes/limits.js";
import { ofLogs } from "./causes/log.js";
import { ofSchedules, type Schedules } from "./causes/schedules.js";
import { ofStorage } from "./causes/storage.js";
import { ofTasks } from "./causes/tasks.js";
import { ofUnclaimed } from "./causes/unclaimed.js";
import { ofWorkers } from "./causes/workers.js";
import { type Code, EXPLAINS, LEVELS, type Level, PAGES } from "./codes.js";
import type { Finding, Look, Observed, Pool, Seen } from "./finding.js";

/** Names in findings come from outside. */
const MOST_FINDINGS = 200;

const LOOKS: readonly Look[] = [
  ofBrokers,
  ofStorage,
  ofLogs,
  ofConfiguration,
  ofControls,
  ofWorkers,
  ofUnclaimed,
  ofLimits,
  ofTasks,
  ofLetters,
];

/** Object.keys keeps the order of the literal: a cause before its effects. */
const ORDER: ReadonlyMap<string, number> = new Map(Object.keys(PAGES).map((code, index) => [code, index]));

interface DiagnoseOptions {
  /** What the caller knows of the tasks, a model for each application. */
  readonly models?: readonly Model[];
  /** Brokers that gave no status. */
  readonly silent?: readonly Silent[];
  /** Brokers do not know them; undefined: the caller does not either. */
  readonly schedules?: Schedules | undefined;
  /** Wire name: only what concerns this task. */
  readonly task?: string | undefined;
}

/**
 * What is wrong, the worst first, and a cause before its effects; at most 200 findings. Nothing is wrong: []. A finding
 * that explains another one is at least as bad.
 */
export function diagnose(
  brokers: readonly Observed[],
  { models = [], silent = [], schedules, task }: DiagnoseOptions = {},
): Finding[] {
  const found = [
    ...ofFleet(brokers, silent).map((seen) => complete(seen, undefined)),
    ...poolsOf(brokers).flatMap((pool) =>
      raised(LOOKS.flatMap((look) => look(pool, models))).map((seen) => complete(seen, pool)),
    ),
    ...(schedules === undefined ? [] : ofSchedules(schedules)).map((seen) => complete(seen, undefined)),
  ];
  const namespace = task === undefined ? undefined : namespaceOf(task, brokers);
  return found
    .filter(({ subject }) => task === undefined || concerns(subject, task, namespace))
    .sort(
      (a, b) =>
        LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || rank(a.code) - rank(b.code) || (b.age ?? 0) - (a.age ?? 0),
    )
    .slice(0, MOST_FINDINGS);
}

function poolsOf(brokers: readonly Observed[]): Pool[] {
  const byKey = new Map<string, Observed[]>();
  for (const observed of brokers) {
    const key = poolKey(observed.status);
    byKey.set(key, [...(byKey.get(key) ?? []), observed]);
  }
  return [...byKey.values()].flatMap((of) =>
    of[0] === undefined ? [] : [{ name: of[0].status.pool, environment: of[0].status.environment, brokers: of }],
  );
}

/** From the last effects to the first causes: what a finding explains has its final level already. */
function raised(seen: readonly Seen[]): Seen[] {
  const worst = new Map<Code, Level>();
  const done: Seen[] = [];
  for (const each of [...seen].sort((a, b) => rank(b.code) - rank(a.code))) {
    const level = worse([each.level, ...(EXPLAINS[each.code] ?? []).flatMap((code) => worst.get(code) ?? [])]);
    worst.set(each.code, worse([level, worst.get(each.code) ?? level]));
    done.push({ ...each, level });
  }
  return done;
}

function worse(levels: readonly Level[]): Level {
  return LEVELS.find((level) => levels.includes(level)) ?? "warning";
}

function rank(code: Code): number {
  return ORDER.get(code) ?? 0;
}

function complete(seen: Seen, pool: Pool | undefined): Finding {
  const { code, level, age, subject, broker, text, evidence = [], hint } = seen;
  const several = pool !== undefined && pool.brokers.length > 1 && broker !== undefined;
  return {
    code,
    level,
    age: age ?? null,
    subject,
    pool: pool?.name ?? null,
    broker: broker ?? null,
    text: several ? `broker ${broker}: ${text}` : text,
    evidence,
    hint,
    docs: PAGES[code],
  };
}

/** A finding without a task or namespace may concern any task. */
function concerns(subject: Finding["subject"], task: string, namespace: string | undefined): boolean {
  if (subject.kind === "task") return subject.name === task;
  return subject.kind !== "namespace" || namespace === undefined || subject.name === namespace;
}

function namespaceOf(task: string, brokers: readonly Observed[]): string | undefined {
  for (const { status } of brokers) {
    const found = [...status.tasks, ...status.unclaimed, ...status.lastMinute].find((each) => each.task === task);
    if (found !== undefined) return found.namespace;
  }
  return undefined;
}
