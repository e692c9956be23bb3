import type { Model } from "../../../model/model.js";
import type { HashDifference, TaskStatus } from "../../status/document.js";
import type { Pool, Seen } from "../finding.js";
import { counted, listed, number, span } from "../words.js";

/** Fewer failures in a minute are the business of the retry policy. */
const FEWEST_FAILURES = 5;
/** Share of failed runs that is a finding. */
const FAILING = 0.5;
/** Share of ended activations that expired which is a finding, and the fewest in a minute. */
const EXPIRING = 0.05;
const FEWEST_EXPIRED = 5;
/** Share of its expiry that a task may wait. */
const NEARLY = 0.8;

/** Single tasks: failing, expiring, declared differently by workers. */
export function ofTasks(pool: Pool, models: readonly Model[]): Seen[] {
  return [...differing(pool), ...failing(pool), ...expired(pool), ...models.flatMap((model) => expiring(pool, model))];
}

function differing({ brokers }: Pool): Seen[] {
  const byTask = new Map<string, HashDifference>();
  for (const { status } of brokers)
    for (const each of status.hashDiffers) byTask.set(`${each.application}\0${each.task}`, each);
  return [...byTask.values()].map(({ task, hashes }) => ({
    code: "hash_differs",
    level: "warning",
    subject: { kind: "task", name: task, namespace: null },
    text: `${task} is declared differently in ${counted(hashes.length, "build")}`,
    evidence: hashes.map(
      ({ hash, workers, model }) =>
        `${hash.slice(0, 8)}: ${listed([...(model ? ["the broker's model"] : []), ...workers])}`,
    ),
    hint: "deploy all of them from one schema; until then parameters may be refused or read differently",
  }));
}

function failing({ brokers }: Pool): Seen[] {
  const byTask = new Map<string, { namespace: string; task: string; done: number; failed: number }>();
  for (const { status } of brokers) {
    for (const { application, namespace, task, done, failed } of status.lastMinute) {
      const key = `${application}\0${namespace}\0${task}`;
      const known = byTask.get(key) ?? { namespace, task, done: 0, failed: 0 };
      byTask.set(key, { ...known, done: known.done + done, failed: known.failed + failed });
    }
  }
  return [...byTask.values()]
    .filter(({ done, failed }) => failed >= FEWEST_FAILURES && failed / (done + failed) >= FAILING)
    .sort((a, b) => b.failed - a.failed)
    .map(({ namespace, task, done, failed }) => ({
      code: "handlers_fail",
      level: "slow",
      subject: { kind: "task", name: task, namespace },
      text: `${number(failed)} of ${number(done + failed)} runs of ${task} failed in the last minute`,
      hint: `\`taskwire errors task:${task}\` shows the errors; if a deploy broke it, hold it back with \`taskwire pause --task ${task}\``,
    }));
}

/** Tasks of whose work a share expired in the last minute, measured by what ended: what arrives ends sooner or later. */
function expired({ brokers }: Pool): Seen[] {
  const byTask = new Map<string, { namespace: string; task: string; ended: number; expired: number }>();
  for (const { status } of brokers) {
    for (const { application, namespace, task, done, failed, expired = 0 } of status.lastMinute) {
      const key = `${application}\0${namespace}\0${task}`;
      const known = byTask.get(key) ?? { namespace, task, ended: 0, expired: 0 };
      const ended = known.ended + done + failed + expired;
      byTask.set(key, { ...known, ended, expired: known.expired + expired });
    }
  }
  return [...byTask.values()]
    .filter(({ ended, expired }) => expired >= FEWEST_EXPIRED && expired / ended >= EXPIRING)
    .sort((one, other) => other.expired - one.expired)
    .map(({ namespace, task, ended, expired }) => ({
      code: "work_expired",
      level: "slow",
      subject: { kind: "task", name: task, namespace },
      text: `${number(expired)} of ${number(ended)} activations of ${task} that ended in the last minute expired before they started: expected fewer than ${EXPIRING * 100} %`,
      hint: `start more workers, or raise \`expires\` of the task; \`taskwire why ${task}\` says what else holds it back`,
    }));
}

/** Tasks whose pending work is about to expire, or does: what expires never runs. */
function expiring({ brokers }: Pool, model: Model): Seen[] {
  const expiries = new Map(
    model.namespaces.flatMap(({ tasks }) =>
      tasks.flatMap(({ name, formerly = [], expires }) =>
        expires === undefined ? [] : [name, ...formerly].map((each) => [each, expires] as const),
      ),
    ),
  );
  const worst = new Map<string, TaskStatus>();
  for (const { status } of brokers) {
    for (const task of status.tasks) {
      const known = worst.get(task.task);
      if (task.application !== model.application || task.oldestPending === null) continue;
      if (known === undefined || task.oldestPending > (known.oldestPending ?? 0)) worst.set(task.task, task);
    }
  }
  return [...worst.values()].flatMap(({ task, namespace, oldestPending, pending }): Seen[] => {
    const expires = expiries.get(task);
    if (expires === undefined || oldestPending === null || oldestPending < expires * NEARLY) return [];
    return [
      {
        code: "work_expires",
        level: "slow",
        age: oldestPending,
        subject: { kind: "task", name: task, namespace },
        text: `${task} expires before it starts: the oldest of ${number(pending)} pending waits for ${span(oldestPending)} and may wait for ${span(expires)}`,
        hint: "start more workers, or raise `expires` of the task; what has expired is dropped and counted",
      },
    ];
  });
}
