import type { ScheduleDocument, SchedulesDocument } from "../../documents/front.js";
import type { Seen, Subject } from "../finding.js";
import { counted, listed, number } from "../words.js";

/** The schedules that a caller knows of, and what is stored of them. */
export type Schedules = SchedulesDocument;

/** Schedules with a finding of their own, of each kind. */
const MOST = 50;

/** Schedules that nobody starts, that were paused or missed, or of which nothing is known. */
export function ofSchedules({ schedules, environment, problem }: Schedules): Seen[] {
  const scheduler = `\`taskwire scheduler${environment === null ? "" : ` --env ${environment}`}\``;
  const active = schedules.filter(({ known, paused }) => known && !paused);
  const clusters = [...new Set(active.map(({ cluster }) => cluster))];
  return [
    ...(problem === null ? [] : [unreadable(schedules, problem)]),
    ...clusters.flatMap((cluster) => {
      const own = active.filter((each) => each.cluster === cluster);
      return unowned(cluster, own, scheduler) ?? single(own, scheduler);
    }),
    ...capped(schedules.filter(({ paused }) => paused).map(paused), schedules, "are paused"),
  ];
}

function unreadable(schedules: readonly ScheduleDocument[], problem: string): Seen {
  const unknown = schedules.filter(({ known }) => !known);
  return {
    code: "schedules_unreadable",
    level: "warning",
    subject: { kind: "cluster", name: unknown[0]?.cluster ?? "" },
    text: `it is not known whether ${unknown.length === 0 ? "schedules are" : `${counted(unknown.length, "schedule")} ${unknown.length === 1 ? "is" : "are"}`} started: ${problem}`,
    hint: "`taskwire doctor` checks the data folder and the clusters; `taskwire schedule list` shows what can be read",
  };
}

/** No scheduler works for the cluster, as far as slots show: one finding for all; undefined: some scheduler does. */
function unowned(cluster: string, own: readonly ScheduleDocument[], scheduler: string): Seen[] | undefined {
  const subject: Subject = { kind: "cluster", name: cluster };
  const expected = own.filter(({ next }) => next.length > 0);
  if (expected.length > 0 && own.every(({ scheduler, taken }) => scheduler === null && !taken))
    return [
      {
        code: "no_scheduler",
        level: "warning",
        subject,
        text: `no scheduler has ever worked for cluster ${cluster}: ${counted(expected.length, "schedule")} never ${expected.length === 1 ? "starts" : "start"}`,
        evidence: [`declared: ${listed(expected.map(({ task }) => task))}`],
        hint: `start one: ${scheduler}; slots count from then on`,
      },
    ];
  const due = overdueOf(own);
  const [oldest] = due;
  // A slot that was started after another one was due: somebody works.
  if (oldest === undefined || own.some((each) => each.overdue === null && startedAfter(each, oldest.since)))
    return undefined;
  const last = own.reduce<ScheduleDocument | undefined>(
    (latest, each) => (startedAt(each) > (latest === undefined ? 0 : startedAt(latest)) ? each : latest),
    undefined,
  );
  return [
    {
      code: "no_scheduler",
      level: "stopped",
      subject,
      text: `no scheduler starts the schedules of cluster ${cluster}: ${number(due.length)} of ${counted(own.length, "schedule")} ${due.length === 1 ? "is" : "are"} due, the first since ${oldest.since}`,
      evidence: [
        `due: ${listed(due.map(({ task, count }) => `${task} ${counted(count, "slot")}`))}`,
        ...(last?.last == null ? [] : [`the last start was ${last.task} at ${last.last}${by(last)}`]),
      ],
      hint: `start one: ${scheduler}; when one runs, its log says what keeps it from the cluster`,
    },
  ];
}

/** Schedules that are left behind while others of the cluster run, and those that missed slots. */
function single(own: readonly ScheduleDocument[], scheduler: string): Seen[] {
  const late = overdueOf(own).map(
    ({ task, name, namespace, words, since, count }): Seen => ({
      code: "schedule_missed",
      level: "slow",
      subject: { kind: "task", name, namespace },
      text: `${counted(count, "slot")} of schedule ${task} ${count === 1 ? "is" : "are"} due since ${since} and not started`,
      evidence: [`it runs ${words}; schedules beside it are started`],
      hint: "the scheduler's log says why the log does not take its activation; it tries again by itself",
    }),
  );
  const unknown = own
    .filter(({ taken, next }) => !taken && next.length > 0)
    .map(
      ({ task, name, namespace }): Seen => ({
        code: "no_scheduler",
        level: "warning",
        subject: { kind: "task", name, namespace },
        text: `no scheduler has taken up schedule ${task} as the schema has it: it does not start`,
        evidence: ["other schedules of its cluster are started"],
        hint: `deploy the scheduler with this schema: ${scheduler}`,
      }),
    );
  const missed = own.flatMap((each): Seen[] => {
    const { task, name, namespace, words, missedSlots, last, overdue } = each;
    // Once a later slot was started, the schedule is back on time.
    if (missedSlots === null || overdue !== null || (last !== null && last > missedSlots.last)) return [];
    const { count, first, last: latest } = missedSlots;
    return [
      {
        code: "schedule_missed",
        level: "warning",
        subject: { kind: "task", name, namespace },
        text: `schedule ${task} missed ${counted(count, "slot")}${count === 1 ? ` at ${latest}` : `, from ${first} to ${latest}`}: no scheduler ran then`,
        evidence: [`it runs ${words}, and \`missed: ${each.missed}\` makes up none of these`],
        hint: `\`taskwire schedule run ${task}\` starts it now; this ends with its next start`,
      },
    ];
  });
  return [
    ...capped(late, own, "are due and not started"),
    ...capped(unknown, own, "are not taken up by a scheduler"),
    ...capped(missed, own, "missed slots"),
  ];
}

function paused({ task, name, namespace, pausedAt, words }: ScheduleDocument): Seen {
  return {
    code: "schedule_paused",
    level: "warning",
    subject: { kind: "task", name, namespace },
    text: `schedule ${task} is paused${pausedAt === null ? "" : ` since ${pausedAt}`}`,
    evidence: [`it would run ${words}`],
    hint: `\`taskwire schedule resume ${task}\` when it may start again; slots of the pause are not made up`,
  };
}

/** Those that are due, the oldest first, and since when. */
function overdueOf(own: readonly ScheduleDocument[]) {
  return own
    .flatMap((each) =>
      each.overdue === null ? [] : [{ ...each, since: each.overdue.first, count: each.overdue.count }],
    )
    .sort((one, other) => Date.parse(one.since) - Date.parse(other.since));
}

function startedAfter(schedule: ScheduleDocument, since: string): boolean {
  return startedAt(schedule) > Date.parse(since);
}

/** When its last slot was started, milliseconds since the epoch; 0: not known. */
function startedAt({ last, late }: ScheduleDocument): number {
  return last === null ? 0 : Date.parse(last) + (late ?? 0);
}

function by({ scheduler }: ScheduleDocument): string {
  return scheduler === null ? "" : `, by ${scheduler}`;
}

/** The first ones, and how many more. */
function capped(seen: readonly Seen[], of: readonly ScheduleDocument[], what: string): Seen[] {
  const [first] = seen;
  const rest = seen.length - MOST;
  if (first === undefined || rest <= 0) return [...seen];
  return [
    ...seen.slice(0, MOST),
    {
      code: first.code,
      level: first.level,
      subject: { kind: "cluster", name: of[0]?.cluster ?? "" },
      text: `${counted(rest, "further schedule")} ${what}`,
      hint: "`taskwire schedule list` shows all of them",
    },
  ];
}
