import type { Model } from "../../../model/model.js";
import type { UnclaimedTask } from "../../status/document.js";
import type { Pool, Seen } from "../finding.js";
import { counted, listed, number, span } from "../words.js";
import { type Connected, connectedTo, nameOf, takesNoMore } from "./connected.js";

/** Tasks with a finding of their own. */
const MOST_TASKS = 50;

/** Work that no worker takes. */
export function ofUnclaimed(pool: Pool, models: readonly Model[]): Seen[] {
  const connected = connectedTo(pool);
  const waiting = waitingTasks(pool);
  const others = pool.brokers.some(
    ({ status }) => status.pullClients.length > 0 || status.heldFetches > 0 || status.pushTargets.length > 0,
  );
  if (connected.length === 0 && !others) return none(pool, waiting);
  const known = namesOf(models);
  const seen = waiting.slice(0, MOST_TASKS).map((task) => withoutWorker(task, connected, known));
  const rest = waiting.slice(MOST_TASKS);
  if (rest.length > 0)
    seen.push({
      code: "task_without_worker",
      level: "stopped",
      subject: { kind: "pool", name: pool.name },
      text: `no worker takes ${counted(rest.length, "further task")}: ${number(sum(rest))} wait`,
      hint: "deploy workers with their handlers; `taskwire status` lists them",
    });
  return seen;
}

/** Summed over the brokers, the oldest first. */
function waitingTasks({ brokers }: Pool): UnclaimedTask[] {
  const byTask = new Map<string, UnclaimedTask>();
  for (const { status } of brokers) {
    for (const task of status.unclaimed) {
      const key = `${task.application}\0${task.namespace}\0${task.task}`;
      const known = byTask.get(key);
      byTask.set(
        key,
        known === undefined
          ? task
          : {
              ...task,
              pending: known.pending + task.pending,
              parked: known.parked + task.parked,
              oldest: Math.max(known.oldest, task.oldest),
            },
      );
    }
  }
  return [...byTask.values()].sort((a, b) => b.oldest - a.oldest);
}

function none({ name, brokers }: Pool, waiting: readonly UnclaimedTask[]): Seen[] {
  const subject = { kind: "pool", name } as const;
  const addresses = brokers.map(({ broker }) => broker).join(",");
  const hint = `start one: \`taskwire worker --broker ${addresses}\`; one that runs may have another address or secret, see its log`;
  const [oldest] = waiting;
  if (oldest === undefined)
    return [
      {
        code: "no_worker",
        level: "warning",
        subject,
        text: "no worker is connected: what is sent now waits",
        hint,
      },
    ];
  return [
    {
      code: "no_worker",
      level: "stopped",
      age: oldest.oldest,
      subject,
      text: `no worker is connected: ${counted(sum(waiting), "activation")} of ${counted(waiting.length, "task")} ${sum(waiting) === 1 ? "waits" : "wait"}, the oldest for ${span(oldest.oldest)}`,
      evidence: [`what waits: ${listed(waiting.map((each) => `${each.task} ${number(each.pending + each.parked)}`))}`],
      hint,
    },
  ];
}

/** Wire names of the tasks that the schemas at hand have, by application. */
type KnownTasks = ReadonlyMap<string, ReadonlySet<string>>;

function namesOf(models: readonly Model[]): KnownTasks {
  return new Map(
    models.map(({ application, namespaces }) => [
      application,
      new Set(namespaces.flatMap(({ tasks }) => tasks.flatMap(({ name, formerly = [] }) => [name, ...formerly]))),
    ]),
  );
}

function withoutWorker(
  { application, namespace, task, pending, parked, oldest, owner }: UnclaimedTask,
  connected: readonly Connected[],
  known: KnownTasks,
): Seen {
  const waits = pending + parked;
  const same = connected.filter((each) => each.application === application && !takesNoMore(each));
  const closed = connected.filter((each) => each.application === application && takesNoMore(each));
  const unknown = known.get(application)?.has(task) === false;
  const evidence = [
    ...(closed.length > 0
      ? [
          `${counted(closed.length, "worker")} of application "${application}" ${closed.length === 1 ? "takes" : "take"} no more work: ${listed(closed.map(nameOf))}`,
        ]
      : []),
    ...(same.length + closed.length === 0 && connected.length > 0
      ? [
          `the activations belong to application "${application}"; connected are workers of ${listed([...new Set(connected.map((each) => `"${each.application}"`))])}`,
        ]
      : []),
    ...(same.length > 0
      ? [
          `${counted(same.length, "worker")} of application "${application}" ${same.length === 1 ? "is" : "are"} connected (${listed(same.map(nameOf))}); ${same.length === 1 ? "it does not name" : "none names"} the task`,
        ]
      : []),
    ...(unknown ? ["the schema at hand does not have this task either"] : []),
    ...(owner === undefined ? [] : [`its owner is ${owner}`]),
  ];
  return {
    code: "task_without_worker",
    level: "stopped",
    age: oldest,
    subject: { kind: "task", name: task, namespace },
    text: `no worker takes ${task}: ${number(waits)} ${waits === 1 ? "waits" : "wait"}, the oldest for ${span(oldest)}`,
    evidence,
    hint: unknown
      ? "name its new name's `formerly` in the schema if it was renamed, else deploy workers that still have the handler"
      : `deploy workers with its handler, or \`taskwire pause --task ${task}\` until then; what waits is kept in order`,
  };
}

function sum(tasks: readonly UnclaimedTask[]): number {
  return tasks.reduce((all, { pending, parked }) => all + pending + parked, 0);
}
