import { mebibytes } from "../../base/text.js";
import type { Status, TopicStatus, UnclaimedTask } from "../../broker/index.js";
import { oneLine } from "./logger.js";
import { fittedTable, wrapped } from "./table.js";

const STATES = ["pending", "delayed", "processing", "retry", "failure", "parked"] as const;
/** Tasks and activations named; `--json` has all. */
const MOST_NAMED = 20;
const NOTABLE_SKEW_MS = 1000;

/**
 * The status document for a person, in lines of at most `width` characters (default: as long as they are). Names come from
 * outside: nothing in them reaches the terminal as control.
 */
export function statusText(status: Status, width = Number.POSITIVE_INFINITY): string {
  const prose = (lines: readonly string[]) => lines.map(oneLine).flatMap((line) => wrapped(line, width));
  const columns = ({ head, rows, names = 2, kept = names }: Table) =>
    rows.length === 0
      ? []
      : fittedTable(
          head,
          rows.map((row) => row.map(oneLine)),
          { names, kept, width },
        );
  const inFlight = tasks(status);
  const sections = [
    prose(head(status, width)),
    inFlight.rows.length === 0 ? ["nothing is in flight"] : columns(inFlight),
    prose(some(status.tasksLeftOut, (count) => `and ${counted(count, "task")} more`)),
    columns(lastMinute(status)),
    columns(topics(status)),
    prose(pauses(status)),
    prose(unreadable(status)),
    columns(sessions(status)),
    prose(connections(status)),
    prose(remarks(status)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Leading columns that are names: never left out, and shortened where they are too long. Default 2. */
  readonly names?: number;
  /** Leading columns that are never left out. Default: the names. */
  readonly kept?: number;
}

/** An age in its two largest units: "3m 20s", "2h 5m", "40ms". */
function humanAge(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.floor(milliseconds / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

function head(
  { pool, environment, data, notReady, journal, runtimeConfig, controls, cancelledAhead }: Status,
  width: number,
): string[] {
  const [what, where] = [`pool ${pool} of environment ${environment}`, `data in ${data}`];
  return [
    ...(what.length + where.length + 2 <= width ? [`${what}, ${where}`] : [what, where]),
    ...(notReady.length === 0 ? ["ready"] : notReady.map(({ code, message }) => `NOT READY (${code}): ${message}`)),
    `in-flight file ${mebibytes(journal.bytes)} of ${mebibytes(journal.maxBytes)} MiB`,
    ...(runtimeConfig === null ? [] : runtimeConfigLines(runtimeConfig)),
    ...controlLines(controls),
    ...(cancelledAhead.ids === 0 ? [] : [aheadLine(cancelledAhead)]),
  ];
}

function runtimeConfigLines(config: NonNullable<Status["runtimeConfig"]>): string[] {
  const { file, current, error, droppedTasks, selectors, demotedNamespaces, demotedTo, warnings } = config;
  const doubts = warnings.map((warning) => `WARNING: runtime configuration: ${warning}`);
  if (!current)
    return [`runtime configuration IS INVALID, the last valid one stays in force: ${error ?? ""}`, ...doubts];
  const demoted =
    demotedNamespaces.length === 0
      ? ""
      : `, ${counted(demotedNamespaces.length, "namespace")} demoted to ${demotedTo?.topic ?? ""}`;
  return [
    `runtime configuration ${file}: ${counted(droppedTasks.length, "task")} and ${counted(selectors, "selector")} dropped${demoted}`,
    ...doubts,
  ];
}

/** Shared with `taskwire controls`. */
export function aheadLine({ ids, most, since }: Status["cancelledAhead"]): string {
  return `cancelled ahead: ${counted(ids, "id")} of at most ${most}${since === null ? "" : `, the oldest since ${since}`}`;
}

function controlLines({ inForce, leftOut, problem }: Status["controls"]): string[] {
  const lines = inForce.slice(0, MOST_NAMED).map(({ kind, subject, by, reason, until }) => {
    const details = [by ? `by ${by}` : "", until === null ? "" : `until ${until}`, reason].filter(
      (part) => part !== "",
    );
    return `${kind === "kill" ? "dropped: task" : `PAUSED: ${kind}`} ${subject}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
  });
  const further = inForce.length - lines.length + leftOut;
  return [
    ...lines,
    ...(further > 0 ? [`and ${counted(further, "more control")}`] : []),
    ...(problem === null ? [] : [`WARNING: brokers of the pool may not see each other's controls: ${problem}`]),
  ];
}

function tasks({ tasks, counts, oldestPending }: Status): Table {
  const age = (milliseconds: number | null) => (milliseconds === null ? "" : humanAge(milliseconds));
  const owned = tasks.some(({ owner }) => owner !== undefined);
  const names = (namespace: string, task: string, owner = "") => [namespace, task, ...(owned ? [owner] : [])];
  const rows = tasks.map((task) => [
    ...names(task.namespace, task.task, task.owner),
    ...STATES.map((state) => String(task[state])),
    age(task.oldestPending),
  ]);
  const all = [...names("all", ""), ...STATES.map((state) => String(counts[state])), age(oldestPending)];
  const head = [...names("namespace", "task", "owner"), ...STATES, "oldest"];
  return { head, rows: rows.length === 0 ? [] : [...rows, all], names: names("", "").length };
}

function lastMinute({ lastMinute }: Status): Table {
  return {
    head: ["namespace", "task", "done/min", "failed/min"],
    rows: lastMinute
      .slice(0, MOST_NAMED)
      .map(({ namespace, task, done, failed }) => [namespace, task, String(done), String(failed)]),
  };
}

function topics({ topics, limits }: Status): Table {
  const load = new Map(limits.map((entry) => [entry.topic, entry]));
  return {
    kept: 3,
    head: ["topic", "partition", "lag", "position", "pending", "processing", "delayed", "parked", "reading"],
    rows: topics.map(({ topic, partition, position, lag }) => [
      topic,
      String(partition),
      lag === null ? "unknown" : String(lag),
      String(position),
      ...loadCells(load.get(topic)),
    ]),
  };
}

function loadCells(load: TopicStatus | undefined): string[] {
  if (load === undefined) return [];
  const { pending, maxPendingCount, processing, maxProcessingCount, delayed, maxDelayCount, parked, paused } = load;
  const share = (count: number, limit: number | null) =>
    count === 0 || limit === null ? String(count) : `${count}/${limit}`;
  return [
    share(pending, maxPendingCount),
    share(processing, maxProcessingCount),
    share(delayed, maxDelayCount),
    String(parked),
    paused.length === 0 ? "yes" : "paused",
  ];
}

function pauses({ limits }: Status): string[] {
  return limits
    .filter(({ paused }) => paused.length > 0)
    .map(({ topic, paused }) => `reading of ${topic} is paused: ${paused.map(({ message }) => message).join("; ")}`);
}

function unreadable({ unreadable }: Status): string[] {
  return [
    ...unreadable
      .slice(0, MOST_NAMED)
      .map(({ code, message, forMs }) => `NOT READ (${code}) for ${humanAge(forMs)}: ${message}`),
    ...some(unreadable.length - MOST_NAMED, (count) => `${counted(count, "partition")} more cannot be read`),
  ];
}

function sessions({ sessions }: Status): Table {
  return {
    head: ["worker", "application", "tasks", "claimed", "connection"],
    rows: sessions.map(({ worker, application, tasks, processing, draining, drained, lost }) => [
      worker,
      application,
      String(tasks),
      String(processing),
      lost ? "lost" : draining ? "draining" : drained ? "drained" : "open",
    ]),
  };
}

function connections({ sessions, heldFetches }: Status): string[] {
  return [
    ...(sessions.length === 0 ? ["no worker is connected"] : []),
    ...some(heldFetches, (count) => `held for new work: ${count === 1 ? "1 fetch" : `${count} fetches`}`),
  ];
}

/** What is unusual, a line each. */
function remarks(status: Status): string[] {
  const { ended, failures, dropped, publishing, unpublishable, hashDiffers, quarantine, clockSkew, reread, clamped } =
    status;
  const listed = (counts: Readonly<Record<string, number | undefined>>) =>
    Object.entries(counts)
      .filter(([, count]) => (count ?? 0) > 0)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
  const lines = [
    ...some(listed(ended), (text) => `since its start: ${text}`),
    ...some(listed(failures), (text) => `failures by reason: ${text}`),
    ...some(listed(dropped), (text) => `dropped: ${text}`),
    ...status.unclaimed.slice(0, MOST_NAMED).map(unclaimedLine),
    ...some(
      status.unclaimed.length - MOST_NAMED,
      (count) => `no connected worker handles ${counted(count, "task")} more`,
    ),
    ...hashDiffers.map(
      ({ task, hashes }) =>
        `the facts of ${task} differ: ${hashes.map(({ hash, workers, model }) => `${[...(model ? ["this broker's model"] : []), ...workers].join(", ")} has ${hash.slice(0, 8)}`).join("; ")}; build all from one schema`,
    ),
    ...publishing.map(
      ({ topic, waiting, failingFor, error }) =>
        `the log has rejected records for topic ${topic} for ${humanAge(failingFor)}, ${waiting} wait: ${error}`,
    ),
    ...some(
      unpublishable.count,
      (count) => `the log permanently rejects the retry or dead letter of ${counted(count, "activation")}:`,
    ),
    ...unpublishable.named.slice(0, MOST_NAMED).map(unpublishableLine),
    ...some(reread, (count) => `replayed because the in-flight file lost rows: ${counted(count, "record")}`),
    ...some(clamped, (count) => `clamped because of numbers out of range: ${counted(count, "activation")}`),
    ...quarantine.map((file) => `a damaged in-flight file is kept in ${file}`),
  ];
  if (Math.abs(clockSkew) > NOTABLE_SKEW_MS)
    lines.push(
      `the system clock is ${humanAge(Math.abs(clockSkew))} ${clockSkew > 0 ? "ahead of" : "behind"} the broker's clock`,
    );
  if (status.clockCorrected !== null) lines.push(correctionLine(status.clockCorrected));
  return lines;
}

function unpublishableLine({
  id,
  root,
  topic,
  partition,
  offset,
  error,
}: Status["unpublishable"]["named"][number]): string {
  return `  ${id}${root === id ? "" : `, root ${root}`} (${topic}/${partition}/${offset}): ${error}`;
}

function correctionLine({ at, by, why }: NonNullable<Status["clockCorrected"]>): string {
  const because = why === "slept" ? "the machine slept" : "the system clock had been ahead for a minute";
  return `the broker's clock was set forward by ${humanAge(by)} at ${at}: ${because}`;
}

function unclaimedLine({ application, namespace, task, pending, parked, oldest, owner }: UnclaimedTask): string {
  const whose = owner === undefined ? "" : `, owner ${owner}`;
  return `no connected worker handles ${task} (namespace ${namespace}, application ${application || "none"}${whose}): ${pending} pending, ${parked} parked, the oldest for ${humanAge(oldest)}`;
}

function some<T extends string | number>(value: T, line: (value: T) => string): string[] {
  return value === "" || (typeof value === "number" && value <= 0) ? [] : [line(value)];
}

/** "1 task", "2 tasks". */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
