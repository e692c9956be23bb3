import type { LostAgainStatus, SessionStatus } from "../../status/document.js";
import type { Observed, Pool, Seen } from "../finding.js";
import { counted, listed, number, span } from "../words.js";
import { type Connected, connectedTo, nameOf, takesNoMore } from "./connected.js";

/** A refused call longer ago is over: workers try again within seconds. */
const RECENT_MS = 300_000;
/** Work of a pool that keeps up waits less. */
const LONG_WAIT_MS = 30_000;
/** A loop that lags this long misses heartbeats and deadlines of others. */
const BLOCKED_MS = 2000;
/** A report older than this says nothing of now: one comes every 5 s. */
const STALE_REPORT_MS = 30_000;

/** Workers: refused, lost, draining, crashing, blocked, busy. */
export function ofWorkers(pool: Pool): Seen[] {
  const connected = connectedTo(pool);
  return [
    ...pool.brokers.flatMap((observed) => [...refused(observed), ...pushTargets(observed)]),
    ...crashing(connected),
    ...blocked(connected),
    ...pool.brokers.flatMap(lost),
    ...draining(pool, connected),
    ...lostAgain(pool),
    ...busy(pool, connected),
  ];
}

function refused({ broker, status: { refused } }: Observed): Seen[] {
  const recent = refused.filter(({ age }) => age <= RECENT_MS);
  const [last] = recent;
  if (last === undefined) return [];
  const count = recent.reduce((sum, each) => sum + each.count, 0);
  return [
    {
      code: "calls_refused",
      level: "warning",
      broker,
      subject: { kind: "broker", name: broker },
      text: `calls of ${counted(new Set(recent.map(({ peer }) => peer)).size, "address", "addresses")} were refused ${counted(count, "time")}, the last one ${span(last.age)} ago`,
      evidence: recent
        .slice(0, 3)
        .map(({ peer, cause, count, age }) => `${peer}: ${cause} (${counted(count, "time")}, last ${span(age)} ago)`),
      hint: "give the caller a secret of this broker's TASKWIRE_SECRETS, or a certificate that it accepts; unknown addresses are not yours",
    },
  ];
}

function pushTargets({ broker, status: { pushTargets, tasks } }: Observed): Seen[] {
  const silent = pushTargets.filter(
    ({ connected, lastAnswer }) => !connected || (lastAnswer !== null && lastAnswer.result === "unanswered"),
  );
  return silent.map(({ application, address, lastAnswer, retryIn }) => {
    const waits = tasks.reduce((sum, task) => sum + (task.application === application ? task.pending : 0), 0);
    const others = pushTargets.some((other) => other.application === application && !silent.includes(other));
    return {
      code: "push_target_silent",
      level: others || waits === 0 ? "warning" : "stopped",
      broker,
      subject: { kind: "application", name: application },
      text: `the worker at ${address}, which application ${application} is pushed to, does not answer${waits === 0 ? "" : `: ${number(waits)} wait`}`,
      evidence: [
        ...(lastAnswer === null || lastAnswer.details === ""
          ? []
          : [`last answer ${span(lastAnswer.age)} ago: ${lastAnswer.details}`]),
        ...(retryIn === null ? [] : [`the broker tries again in ${span(retryIn)}`]),
      ],
      hint: "start the worker at this address, or correct `push` of the pool",
    };
  });
}

function crashing(connected: readonly Connected[]): Seen[] {
  const looping = connected.filter(({ vitals }) => vitals !== null && vitals.crashLoop !== "");
  return looping.map((session) => ({
    code: "worker_crash_loop",
    level: looping.length === connected.length ? "stopped" : "slow",
    subject: { kind: "worker", name: session.worker },
    text: `child processes of worker ${nameOf(session)} crash again and again: ${number(session.vitals?.deaths ?? 0)} ended unexpectedly since its start`,
    evidence: [`the last one: ${session.vitals?.crashLoop ?? ""}`],
    hint: "read the worker's log for the exit reason and the task that ran; a child that runs out of memory needs `--max-child-memory` or a smaller `--concurrency`",
  }));
}

function blocked(connected: readonly Connected[]): Seen[] {
  return connected.flatMap((session): Seen[] => {
    const { vitals } = session;
    if (vitals === null || vitals.age > STALE_REPORT_MS || vitals.loopLag < BLOCKED_MS) return [];
    return [
      {
        code: "worker_blocked",
        level: "warning",
        subject: { kind: "worker", name: session.worker },
        text: `the event loop of worker ${nameOf(session)} was blocked for ${span(vitals.loopLag)}: a handler computes without a pause, or the machine has no CPU time`,
        hint: "give handlers that compute more child processes (`--children`) with fewer slots, or split their work",
      },
    ];
  });
}

function lost({ broker, status: { sessions } }: Observed): Seen[] {
  const lost = sessions.filter((session) => session.lost);
  const [first] = lost;
  if (first === undefined) return [];
  const claims = lost.reduce((sum, { processing }) => sum + processing, 0);
  const last = Math.max(...lost.map(({ claimsEndIn }) => claimsEndIn ?? 0));
  return [
    {
      code: "workers_lost",
      level: "warning",
      broker,
      subject: { kind: "worker", name: first.worker },
      text: `the connection to ${counted(lost.length, "worker")} is lost: ${listed(lost.map(nameOf))}; ${lost.length === 1 ? "it holds" : "they hold"} ${counted(claims, "activation")}`,
      hint: `wait: unless ${lost.length === 1 ? "it comes" : "they come"} back, other workers get this work in ${span(last)}; look whether the process or its machine ended`,
    },
  ];
}

function draining({ brokers }: Pool, connected: readonly Connected[]): Seen[] {
  const draining = connected.filter(takesNoMore);
  if (draining.length === 0) return [];
  const stuck = tasksOfNobody(brokers);
  const waits = stuck.reduce((sum, { waits }) => sum + waits, 0);
  const all = draining.length === connected.length;
  return [
    {
      code: "workers_draining",
      level: stuck.length > 0 ? "stopped" : "warning",
      subject: { kind: "worker", name: draining[0]?.worker ?? "" },
      text: `${number(draining.length)} of ${counted(connected.length, "worker")} ${draining.length === 1 ? "takes" : "take"} no more work: ${listed(draining.map(nameOf))}`,
      evidence: [
        ...(stuck.length === 0
          ? []
          : [
              `no other worker takes ${listed(stuck.map(({ task }) => task))}: ${number(waits)} ${waits === 1 ? "waits" : "wait"}`,
            ]),
        ...draining
          .filter(({ drained }) => drained)
          .map(
            (session) =>
              `an operator drained ${nameOf(session)}: \`taskwire workers undrain ${session.worker}\` undoes it`,
          ),
      ],
      hint:
        all || stuck.length > 0
          ? "start new workers, if no deploy is under way that does"
          : "nothing, if a deploy is under way: they end when their runs have ended",
    },
  ];
}

/** Activations that are lost with every worker that gets them, by task. */
function lostAgain({ brokers }: Pool): Seen[] {
  const byTask = new Map<string, LostAgainStatus[]>();
  for (const { status } of brokers)
    for (const each of status.lostAgain) {
      const key = `${each.application}\0${each.namespace}\0${each.task}`;
      byTask.set(key, [...(byTask.get(key) ?? []), each]);
    }
  return [...byTask.values()].flatMap((found): Seen[] => {
    const worst = found.reduce((most, each) => (each.times > most.times ? each : most));
    const { task, namespace, id, times } = worst;
    const last = Math.min(...found.map(({ age }) => age));
    const running = found.find(({ end }) => end === undefined);
    return [
      {
        code: "lost_again",
        level: "slow",
        age: last,
        subject: { kind: "task", name: task, namespace },
        text: `${counted(found.length, "activation")} of ${task} ${found.length === 1 ? "was" : "were"} lost with ${found.length === 1 ? "its worker" : "their workers"} again and again, ${id} ${number(times)} times; the last time ${span(last)} ago`,
        evidence: [
          `the last of ${id}: ${worst.error}`,
          ...(found.length === 1 ? [] : [`ids: ${listed(found.map((each) => each.id))}`]),
        ],
        hint:
          running === undefined
            ? `they have ended: \`taskwire dead-letters list task:${task}\` shows them; the run ends its process or takes longer than processing_deadline`
            : `\`taskwire activations show ${running.id}\` shows what it gets: its run ends the process or takes longer than processing_deadline; \`taskwire activations cancel ${running.id}\` stops it`,
      },
    ];
  });
}

/** Tasks with waiting work whose workers all take no more, the busiest first. */
function tasksOfNobody(brokers: readonly Observed[]): { readonly task: string; readonly waits: number }[] {
  const byTask = new Map<string, { task: string; waits: number; open: number; closed: number }>();
  const of = (application: string, task: string) => {
    const key = `${application}\0${task}`;
    const known = byTask.get(key) ?? { task, waits: 0, open: 0, closed: 0 };
    byTask.set(key, known);
    return known;
  };
  for (const { status } of brokers) {
    for (const { application, task, workers, closed = 0 } of status.handled) {
      const known = of(application, task);
      known.open += workers - closed;
      known.closed += closed;
    }
    for (const { application, task, pending, parked } of status.tasks) of(application, task).waits += pending + parked;
  }
  return [...byTask.values()]
    .filter(({ waits, open, closed }) => waits > 0 && open === 0 && closed > 0)
    .sort((one, other) => other.waits - one.waits);
}

/** Every slot is taken while work has waited long. */
function busy({ name, brokers }: Pool, connected: readonly Connected[]): Seen[] {
  const open = connected.filter((session) => !takesNoMore(session));
  const waited = Math.max(...brokers.map(({ status }) => status.oldestPending ?? 0));
  if (open.length === 0 || waited < LONG_WAIT_MS || open.some(({ credit }) => credit > 0)) return [];
  const claimed = brokers.reduce((sum, { status }) => sum + status.counts.processing, 0);
  if (claimed === 0) return [];
  const waits = brokers.reduce((sum, { status }) => sum + status.counts.pending, 0);
  const slots = slotsOf(open);
  return [
    {
      code: "slots_busy",
      level: "slow",
      age: waited,
      subject: { kind: "pool", name },
      text: `${slots === undefined ? "all slots" : `all ${counted(slots, "slot")}`} of ${counted(open.length, "worker")} are busy: ${number(waits)} wait, the oldest for ${span(waited)}`,
      evidence: holders(brokers),
      hint: "start more workers, or give them more slots (`--concurrency`) if their handlers wait for others; `taskwire activations list state:processing` shows what holds the slots",
    },
  ];
}

/** undefined: some worker's are not known. */
function slotsOf(open: readonly SessionStatus[]): number | undefined {
  let sum = 0;
  for (const { slots } of open) {
    if (slots === null) return undefined;
    sum += slots;
  }
  return sum;
}

/** Which tasks hold the slots. */
function holders(brokers: readonly Observed[]): string[] {
  const byTask = new Map<string, number>();
  for (const { status } of brokers)
    for (const { task, processing } of status.tasks)
      if (processing > 0) byTask.set(task, (byTask.get(task) ?? 0) + processing);
  const busiest = [...byTask].sort((a, b) => b[1] - a[1]).map(([task, count]) => `${task} ${number(count)}`);
  return busiest.length === 0 ? [] : [`with workers: ${listed(busiest)}`];
}
