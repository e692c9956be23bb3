import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the handlers of one phase have done so far. */
interface Ran {
  readonly ran: number;
  /** Milliseconds of the shared clock. */
  readonly first: number;
  readonly last: number;
}

/** Runs of all processes that count into this folder. */
export function runsIn(folder: string): Ran {
  const heads = readdirSync(folder)
    .filter((name) => name.endsWith(".runs"))
    .map((name) => readFileSync(join(folder, name)))
    .filter((bytes) => bytes.length === 24)
    .map((bytes) => ({ ran: bytes.readDoubleLE(0), first: bytes.readDoubleLE(8), last: bytes.readDoubleLE(16) }));
  return {
    ran: heads.reduce((sum, { ran }) => sum + ran, 0),
    first: Math.min(...heads.map(({ first }) => first)),
    last: Math.max(...heads.map(({ last }) => last)),
  };
}

/** How often each number ran, and the latencies; undefined while a process still has to write its own. */
export function countsIn(folder: string): { counts: Uint8Array[]; latencies: number[] } | undefined {
  const found: { counts: Uint8Array[]; latencies: number[] } = { counts: [], latencies: [] };
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".runs"))) {
    const path = join(folder, name.slice(0, -".runs".length));
    if (!existsSync(`${path}.rest`)) return undefined;
    const rest: { ran: number; latencies: number[] } = JSON.parse(readFileSync(`${path}.rest`, "utf8"));
    if (rest.ran !== readFileSync(join(folder, name)).readDoubleLE(0)) return undefined;
    found.counts.push(readFileSync(`${path}.counts`));
    found.latencies.push(...rest.latencies);
  }
  return found;
}

/** Throws unless each of the numbers from 0 below `sent` ran exactly once. */
export function exactlyOnce(who: string, sent: number, counts: readonly Uint8Array[]): void {
  const missed: number[] = [];
  const repeated: number[] = [];
  const most = Math.max(sent, ...counts.map(({ length }) => length));
  for (let n = 0; n < most; n += 1) {
    const times = counts.reduce((sum, each) => sum + (each[n] ?? 0), 0);
    if (times < 1 && n < sent) missed.push(n);
    if (times > (n < sent ? 1 : 0)) repeated.push(n);
  }
  if (missed.length === 0 && repeated.length === 0) return;
  const some = (numbers: readonly number[]) => `${numbers.length} (${numbers.slice(0, 5).join(", ")})`;
  throw new Error(
    `${who}: each of ${sent} activations had to run exactly once; missed ${some(missed)}, ran more than once or was never sent ${some(repeated)}`,
  );
}
