import { type Duration, wholeSeconds } from "../../base/duration.js";
import { TestingError } from "../errors.js";
import type { Call } from "./call.js";
import { type Difference, differences, text } from "./matching.js";

/** The expected options of a call. */
export interface ExpectedOptions {
  readonly id?: string;
  readonly countdown?: Duration;
  readonly expires?: Duration;
  /** Headers that the call must have; it may have more. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Number of calls shown in a message. */
const MOST_SHOWN = 10;

/** The first call that matches. Throws TestingError `not_delayed`, which lists the calls and how they differ. */
export function findCall<P>(
  task: string,
  calls: readonly Call<P>[],
  all: readonly Call[],
  wanted: unknown,
  options: ExpectedOptions = {},
): Call<P> {
  const judged = calls.map((call) => ({ call, differences: differencesOf(call, wanted, options) }));
  const match = judged.find((each) => each.differences.length === 0);
  if (match !== undefined) return match.call;
  const asked = `${task} with ${text(wanted)}${Object.keys(options).length === 0 ? "" : ` and options ${text(options)}`}`;
  const closest = Math.min(...judged.map((each) => each.differences.length));
  const shown = judged
    .slice(0, MOST_SHOWN)
    .map((each) => line(each, judged.length > 1 && each.differences.length === closest));
  const left = judged.length - shown.length;
  throw new TestingError(
    "not_delayed",
    [
      `expected a recorded call of ${asked}`,
      judged.length === 0 ? `found no call of ${task}` : `found ${count(judged.length)} of it, none of which matches:`,
      ...shown,
      ...(left > 0 ? [`  and ${left} more`] : []),
      othersOf(task, all),
    ].join("\n"),
  );
}

function differencesOf(
  call: Call,
  wanted: unknown,
  { id, countdown, expires, headers }: ExpectedOptions,
): Difference[] {
  const options = {
    ...(id === undefined ? {} : { id }),
    ...(countdown === undefined ? {} : { countdown: wholeSeconds(countdown) || undefined }),
    ...(expires === undefined ? {} : { expires: wholeSeconds(expires) }),
    ...(headers === undefined ? {} : { headers }),
  };
  return [...differences(wanted, call.parameters), ...differences(options, call, "")];
}

function line(
  { call, differences: found }: { readonly call: Call; readonly differences: readonly Difference[] },
  closest: boolean,
): string {
  const reasons = found.map(
    ({ path, expected, found }) => `${path === "" ? "" : `${path}: `}expected ${expected}, got ${found}`,
  );
  return `  ${text(call.parameters)}${closest ? "  (closest)" : ""}\n    ${reasons.join("\n    ")}`;
}

function othersOf(task: string, all: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const call of all) if (call.task !== task) counts.set(call.task, (counts.get(call.task) ?? 0) + 1);
  if (counts.size === 0) return "no other task was called";
  return `other tasks: ${[...counts].map(([name, times]) => `${name} (${count(times)})`).join(", ")}`;
}

function count(calls: number): string {
  return calls === 1 ? "1 call" : `${calls} calls`;
}
