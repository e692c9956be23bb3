import { Command, Option } from "commander";
import { sleep } from "../../../base/sleep.js";
import type { Status } from "../../../operations/status/document.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { span } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";
import { fittedTable } from "../../output/table.js";

const FRAME_MS = 1000;
/** Rows where there is no terminal to ask. */
const HEIGHT = 40;
const SORTS = ["pending", "processing", "done", "failed", "oldest"] as const;
type Sort = (typeof SORTS)[number];

interface TopFlags extends OperatorFlags {
  readonly sort: Sort;
}

interface Line {
  readonly task: string;
  readonly namespace: string;
  readonly pending: number;
  readonly processing: number;
  readonly delayed: number;
  readonly done: number;
  readonly failed: number;
  readonly oldest: number;
}

export function topCommand(): Command {
  return operatorCommand(
    new Command("top")
      .description(
        "show the busiest tasks, every second; keys: s sorts, q quits. Without a terminal one frame is printed",
      )
      .addOption(new Option("--sort <COLUMN>", "the column to begin with").choices(SORTS).default("pending")),
    ["top", "top --sort failed"],
  ).action((flags: TopFlags) => asOperator(flags, (operator) => show(operator, flags)));
}

async function show(operator: Operator, flags: TopFlags): Promise<void> {
  const terminal = process.stdout.isTTY && process.stdin.isTTY;
  if (!terminal || operator.json) {
    const { statuses, silent } = await look(operator);
    if (operator.json) operator.document({ tasks: sorted(linesOf(statuses), flags.sort), silent });
    else for (const line of frame(statuses, silent, flags.sort, operator.width, HEIGHT)) operator.line(line);
    if (silent.length > 0) operator.inPart();
    return;
  }
  let sort: Sort = flags.sort;
  const quit = new AbortController();
  let again = new AbortController();
  const key = (bytes: Buffer) => {
    const pressed = bytes.toString();
    if (pressed === "q" || pressed === "\u0003") quit.abort();
    if (pressed === "s") sort = SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? sort;
    again.abort();
  };
  process.stdin.setRawMode(true);
  process.stdin.on("data", key);
  // The other screen, without a cursor; what was on the terminal comes back at the end.
  process.stdout.write("\u001b[?1049h\u001b[?25l");
  try {
    while (!quit.signal.aborted) {
      const seen = await look(operator).catch((error: unknown) => ({ statuses: [], silent: [String(error)] }));
      const height = process.stdout.rows ?? HEIGHT;
      const lines = frame(seen.statuses, seen.silent, sort, process.stdout.columns ?? operator.width, height);
      process.stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
      again = new AbortController();
      if (!quit.signal.aborted) await sleep(FRAME_MS, again.signal);
    }
  } finally {
    process.stdout.write("\u001b[?25h\u001b[?1049l");
    process.stdin.setRawMode(false);
    process.stdin.off("data", key);
    process.stdin.pause();
  }
}

async function look(
  operator: Operator,
): Promise<{ readonly statuses: readonly Status[]; readonly silent: readonly string[] }> {
  const { answers, partial } = await operator.front.statuses();
  return {
    statuses: answers.map(({ document }) => document),
    silent: partial.map(({ error }) => error.message),
  };
}

function frame(
  statuses: readonly Status[],
  silent: readonly string[],
  sort: Sort,
  width: number,
  height: number,
): string[] {
  const total = (count: (status: Status) => number) =>
    statuses.reduce((sum, status) => sum + count(status), 0).toLocaleString("en-US");
  const slots = statuses.flatMap(({ sessions }) => sessions);
  const head = [
    `${statuses.map(({ environment, pool }) => `${environment}/${pool}`).join(", ")}  sorted by ${sort}`,
    [
      `${total(({ counts }) => counts.pending)} pending`,
      `${total(({ counts }) => counts.processing)} processing`,
      `${total(({ counts }) => counts.delayed)} delayed`,
      `${total(({ counts }) => counts.parked)} parked`,
      `${slots.length} workers with ${slots.reduce((sum, each) => sum + (each.slots ?? 0), 0)} slots`,
    ].join(", "),
    ...statuses.flatMap(({ notReady }) => notReady.map(({ message }) => `not ready: ${message}`)),
    ...silent.map((message) => `silent: ${message}`),
  ].map((line) => oneLine(line).slice(0, width));
  const rows = sorted(linesOf(statuses), sort)
    .slice(0, Math.max(1, height - head.length - 3))
    .map((line) =>
      [
        line.task,
        line.namespace,
        ...[line.pending, line.processing, line.delayed, line.done, line.failed].map(String),
        line.oldest === 0 ? "" : span(line.oldest),
      ].map(oneLine),
    );
  const titles = ["task", "namespace", "pending", "processing", "delayed", "done/min", "failed/min", "oldest"];
  return [
    ...head,
    "",
    ...(rows.length === 0 ? ["nothing is in flight"] : fittedTable(titles, rows, { names: 2, kept: 8, width })),
  ];
}

function linesOf(statuses: readonly Status[]): Line[] {
  const lines = new Map<string, Line>();
  const at = ({
    application,
    namespace,
    task,
  }: {
    readonly application: string;
    readonly namespace: string;
    readonly task: string;
  }) => {
    const key = JSON.stringify([application, namespace, task]);
    const line = lines.get(key) ?? {
      task,
      namespace,
      pending: 0,
      processing: 0,
      delayed: 0,
      done: 0,
      failed: 0,
      oldest: 0,
    };
    return { line, put: (changes: Partial<Line>) => void lines.set(key, { ...line, ...changes }) };
  };
  for (const { tasks, lastMinute } of statuses) {
    for (const task of tasks) {
      const { line, put } = at(task);
      put({
        pending: line.pending + task.pending,
        processing: line.processing + task.processing,
        delayed: line.delayed + task.delayed,
        oldest: Math.max(line.oldest, task.oldestPending ?? 0),
      });
    }
    for (const rate of lastMinute) {
      const { line, put } = at(rate);
      put({ done: line.done + rate.done, failed: line.failed + rate.failed });
    }
  }
  return [...lines.values()];
}

function sorted(lines: readonly Line[], sort: Sort): Line[] {
  return [...lines].sort((one, other) => other[sort] - one[sort] || (one.task < other.task ? -1 : 1));
}
