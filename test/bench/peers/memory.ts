import { readFileSync } from "node:fs";
import { childrenOf } from "../../support/processes/operating-system.js";

const EVERY_MS = 500;

/** What `look` finds of a process; `ended` when the process has ended meanwhile. */
function unlessEnded<Found>(look: () => Found, ended: Found): Found {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return ended;
    throw error;
  }
}

/** MiB that a process has to itself; of pages that several share, its part. */
function proportionalMiB(pid: number): number {
  const text = unlessEnded(() => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"), "");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
}

function treeOf(pid: number): number[] {
  return [pid, ...unlessEnded(() => childrenOf(pid), []).flatMap(treeOf)];
}

/** Looks how much memory processes have, each with its child processes, until it is stopped; the most of each. */
export function watchMemory(processes: Readonly<Record<string, number>>): () => Readonly<Record<string, number>> {
  const most: Record<string, number> = {};
  const look = () => {
    for (const [name, pid] of Object.entries(processes)) {
      const now = treeOf(pid).reduce((sum, each) => sum + proportionalMiB(each), 0);
      most[name] = Math.max(most[name] ?? 0, now);
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}
