import { readdirSync, readFileSync, statSync } from "node:fs";

/** Linux only: what its /proc says of processes. */

/** The main thread, threads by their names, and all others together: garbage collection, file work. */
export type ThreadTimes = Readonly<Record<string, number>>;

/** Threads that name themselves. */
const NAMED = new Set(["log", "journal"]);

/** CPU seconds (user and system) of each thread of a process so far. */
export function threadTimes(pid: number): ThreadTimes {
  const times: Record<string, number> = { main: 0, others: 0 };
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(fields[11]) + Number(fields[12])) / 100;
    const key = Number(thread) === pid ? "main" : NAMED.has(name) ? name : "others";
    times[key] = (times[key] ?? 0) + seconds;
  }
  return times;
}

/** CPU seconds (user and system) of a process so far, its ended threads included. */
export function processTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Microseconds of each thread for each of `count` activations between two looks. */
export function microsecondsEach(before: ThreadTimes, after: ThreadTimes, count: number): ThreadTimes {
  return Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => {
      const spent = ((seconds - (before[name] ?? 0)) / count) * 1e6;
      return [name, Math.round(spent * 10) / 10];
    }),
  );
}

/** The largest resident size so far, MiB. */
export function peakMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** MiB of a file; 0 when it is not there. */
export function fileMiB(file: string): number {
  return Math.round((statSync(file, { throwIfNoEntry: false })?.size ?? 0) / 2 ** 20);
}
