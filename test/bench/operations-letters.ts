import { LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { atLeast, atMost } from "./budgets.js";
import { watchTurns } from "./turns.js";

const LETTERS = 100_000;
const BATCH = 1000;
const PAGES = 50;

/**
 * 100,000 dead letters of an embedded log: the index is built, pages are listed, and all are replayed by a filter without a
 * rate. Turns are those of the event loop of the thread in which a broker works, by processor time.
 */
export async function operationsLetters(): Promise<object> {
  await using harness = new LettersHarness({ kind: "sqlite" });
  for (let first = 0; first < LETTERS; first += BATCH) {
    await harness.append(...Array.from({ length: BATCH }, (_, number) => letterRecord(first + number)));
  }
  const built = await measured(async () => {
    await harness.list({ limit: 1 });
  });
  const pages = await measured(async () => {
    for (let page = 0; page < PAGES; page += 1) await harness.list();
  });
  const scan = await measured(async () => {
    await harness.list({ q: "reason:expired" });
  });
  const request = { q: "", rate: 0 };
  let plan = "";
  const counted = await measured(async () => {
    ({ plan } = Object(await harness.ask("ReplayLetters", { ...request, dryRun: true })));
  });
  const replayed = await measured(async () => {
    const { done } = await harness.ended("ReplayLetters", { ...request, plan });
    if (done !== LETTERS) throw new Error(`${done} of ${LETTERS} were replayed`);
  });
  const pageMs = round((pages.seconds / PAGES) * 1000);
  const rate = Math.round(LETTERS / replayed.seconds);
  return {
    "index built, letters/s": Math.round(LETTERS / built.seconds),
    "index built, turns of main ms": built.turns,
    "page of 100, ms": pageMs,
    "page that looks at all, ms": round(scan.seconds * 1000),
    "dry run of all, ms": round(counted.seconds * 1000),
    "replay/s": rate,
    "replay, microseconds of CPU each": Math.round((replayed.processor / LETTERS) * 1e6),
    "replay, turns of main ms": replayed.turns,
    budgets: [
      atMost("page of 100 of 100,000 dead letters", pageMs, 100, "ms"),
      atMost("turn of the main loop while the index is built, p99", built.turns.p99, 5, "ms"),
      atMost("turn of the main loop during a replay, p99", replayed.turns.p99, 5, "ms"),
      atLeast("replay without a rate, embedded", rate, 5000, "/s"),
    ],
  };
}

interface Measured {
  readonly seconds: number;
  /** Seconds of all threads. */
  readonly processor: number;
  readonly turns: ReturnType<ReturnType<typeof watchTurns>>;
}

async function measured(work: () => Promise<void>): Promise<Measured> {
  const end = watchTurns();
  const before = process.cpuUsage();
  const from = performance.now();
  await work();
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, processor: (user + system) / 1e6, turns: end() };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
