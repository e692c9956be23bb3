import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import { check, type DeadLetter } from "../support/contract/contract.js";
import { type Entry, History, type Run } from "../support/contract/history.js";
import { type BrokerKill, type Member, PoolHarness } from "../support/harness/pool-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { byCopies, copiesIn, type Found, onKafka, recordsIn } from "../support/kafka/topic-contents.js";
import { randomOf } from "../support/random.js";
import { readDeadLetters } from "../support/topic.js";
import { until } from "../support/waiting.js";
import type { Flow } from "./fixtures/kafka-producer.js";
import { environment as embedded } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";
/** The same order of events again by TASKWIRE_FAULT_SEED. */
const SEED = Number(process.env.TASKWIRE_FAULT_SEED ?? Date.now() % 1_000_000);
const COUNT = FULL ? 100_000 : 20_000;
/** How often a broker leaves: half by kill -9, half by SIGTERM. */
const LEAVES = FULL ? 12 : 6;
/** Activations a second: the flow lasts for longer than the comings and goings. */
const RATE = FULL ? 800 : 350;
const BROKERS = 4;
const PARTITIONS = 16;
const PRODUCERS = 2;

describe.skipIf(NO_KAFKA !== undefined)(`Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  it(`${BROKERS} brokers of a pool join and leave, half of them by kill -9, in a flow of ${COUNT} (seed ${SEED}): every record is accounted, nothing is run twice but around a kill`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "taskwire-rebalance-"));
    const producing = new AbortController();
    try {
      await using server = await KafkaServer.start();
      const environment = await onKafka(embedded, server, "shared", PARTITIONS);
      const discards = new Map<string, string>();
      await using pool = new PoolHarness(server, environment, join(FIXTURES, "handlers.js"), BROKERS, (line) => {
        const logged = /"message":"(discarded|expired)".*"id":"([^"]+)"/.exec(line);
        if (logged !== null) discards.set(logged[2] ?? "", logged[1] ?? "");
      });
      const began = Date.now();
      for (const member of pool.members) {
        await member.join();
        await member.processes.worker("--concurrency", "16", "--children", "1");
      }
      const producers = Promise.all(
        Array.from({ length: PRODUCERS }, (_, index) => {
          const every = { once: 10, slow: 37, slowOnce: 41, flaky: 101, doomed: 499 };
          const flow: Flow = {
            environment,
            name: `p${index}`,
            count: COUNT / PRODUCERS,
            every,
            rate: RATE / PRODUCERS,
          };
          return produced(folder, flow, producing.signal);
        }),
      );
      producers.catch(() => {});
      const counted = counter(pool.members);
      const below = randomOf(SEED);
      const leaves = shuffled(
        Array.from({ length: LEAVES }, (_, index) => index % 2 === 0),
        below,
      );
      const share = COUNT / (2 * LEAVES + 2);
      let mark = 0;
      while (leaves.length > 0 || pool.away.length > 0) {
        mark += share;
        // All joins and leaves happen before 80 % of the flow has passed.
        await until(() => counted() >= Math.min(mark, COUNT * 0.8));
        const { running, away } = pool;
        const joins = running.length === 1 || leaves.length === 0 || (away.length > 0 && below(2) === 0);
        const member = joins ? away[below(away.length)] : running[below(running.length)];
        if (member === undefined) throw new Error("there is no broker");
        if (joins) await member.join();
        else if (leaves.pop() === true) await killed(pool, member, below(2) === 0);
        else await member.leave();
      }
      await producers;
      await quiet(pool);
      const log = await openLog(environment.clusters[0] ?? expect.fail(), folder);
      const { found, ends } = await recordsIn(log, "shared", PARTITIONS);
      await log.close();
      await until(async () => {
        const stored = await pool.stored();
        return [...ends].every(([partition, end]) => end === 0 || stored.get(partition) === end);
      }, 200);
      const seconds = (Date.now() - began) / 1000;

      const runs = pool.runs();
      const copies = copiesIn(found);
      const sent = new History(folder).read();
      const explanations = new Explanations(runs, found, copies, sent);
      const history = [...sent, ...runs.keys()].sort((one, other) => one.at - other.at);
      const [first = expect.fail()] = pool.members;
      const all = await readDeadLetters(first.processes);
      const ended = new Set([...runs.keys()].flatMap((run) => (run.what === "ended" ? [run.root] : [])));
      // Nobody could report to its broker, when it was back, that another one had run it.
      const isDoubted = ({ root, reason }: DeadLetter) =>
        reason === "unproven" && ended.has(root) && explanations.isUnstored(root);
      const deadLetters = all.filter((deadLetter) => !isDoubted(deadLetter));
      const explains = (one: Run, other: Run) => explanations.explain(one, other);
      const verdict = check({ history, deadLetters, discards, explains });
      const lags = await Promise.all(
        pool.members.map(async ({ processes }) =>
          (await processes.status()).topics.reduce((sum, { lag }) => sum + (lag ?? Number.NaN), 0),
        ),
      );
      const exits = await Promise.all(
        pool.members.map(async (member) => {
          await member.leave();
          return member.exits;
        }),
      );
      const { problems, accepted, completed, deadlettered, duplicated } = verdict;
      report({
        seed: SEED,
        activations: COUNT,
        records: found.length,
        kills: pool.members.reduce((sum, { kills }) => sum + kills.length, 0),
        cleanStops: LEAVES / 2,
        completed,
        deadlettered,
        reasons: countsOf(deadLetters.map(({ reason }) => reason)),
        failedAsUnprovenThoughRun: all.length - deadLetters.length,
        appendedTwice: copies.size,
        ranTwice: duplicated,
        byClass: countsOf(explanations.given),
        lags,
        seconds,
      });
      expect(problems, `seed ${SEED}`).toEqual([]);
      expect(accepted).toBe(COUNT);
      // A handler that threw has no end; a retry record or a dead letter follows.
      const accounted = new Set([...runs.keys()].map(({ id }) => id));
      for (const { id } of deadLetters) accounted.add(id);
      expect(found.filter(({ id }) => !accounted.has(id)).slice(0, 10)).toEqual([]);
      expect(holes(found, ends)).toEqual([]);
      expect(lags).toEqual(pool.members.map(() => 0));
      expect(exits.flat().filter((code) => code !== 0)).toEqual([]);
    } finally {
      producing.abort();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 1_500_000);
});

/** kill -9; then the group gives the broker up (`evicted`), or it is started again at once. */
async function killed(pool: PoolHarness, member: Member, evicted: boolean): Promise<void> {
  await pool.kill(member);
  if (evicted) await pool.evict(member);
  else await member.join();
}

/** Resolves when no broker has anything in flight or to read. */
async function quiet(pool: PoolHarness): Promise<void> {
  for (const { processes } of pool.members) {
    await until(async () => Object.values((await processes.status()).counts).every((count) => count === 0), 200);
  }
}

/** Resolves at the end of the producer's program. */
function produced(folder: string, flow: Flow, signal: AbortSignal): Promise<void> {
  const program = join(FIXTURES, "kafka-producer.js");
  const child = spawn(process.execPath, [program, folder, JSON.stringify(flow)], {
    stdio: ["ignore", "inherit", "inherit"],
    signal,
    killSignal: "SIGKILL",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, by) =>
      code === 0 ? resolve() : reject(new Error(`the producer ended: ${code ?? by}`)),
    );
  });
}

/** Counts the runs that ended. */
function counter(members: readonly Member[]): () => number {
  const follow = members.map(({ history }) => history.follow());
  let ended = 0;
  return () => {
    for (const next of follow) ended += next().filter(({ what }) => what === "ended").length;
    return ended;
  };
}

/** Why work ran again, for every two runs of it. */
class Explanations {
  readonly given: string[] = [];
  readonly #runs: ReadonlyMap<Run, Member>;
  readonly #places: ReadonlyMap<string, Found>;
  readonly #copied: (first: Run, second: Run) => boolean;

  readonly #sentAt = new Map<string, number>();

  constructor(
    runs: ReadonlyMap<Run, Member>,
    found: readonly Found[],
    copies: ReadonlyMap<string, number>,
    sent: readonly Entry[],
  ) {
    this.#runs = runs;
    for (const entry of sent) if (entry.what === "invoked") this.#sentAt.set(entry.id, entry.at);
    this.#places = new Map(found.map((each) => [each.id, each]));
    this.#copied = byCopies(copies);
  }

  explain(first: Run, second: Run): boolean {
    const why = this.#why(first, second);
    if (why !== undefined) this.given.push(why);
    return why !== undefined;
  }

  /** Its record was in the hands of a broker that was killed before the position behind it was stored. */
  isUnstored(id: string): boolean {
    const place = this.#places.get(id);
    if (place === undefined) return false;
    return [...new Set(this.#runs.values())].some(({ kills }) => kills.some((kill) => isUnstored(kill, place)));
  }

  #why(first: Run, second: Run): string | undefined {
    if (this.#copied(first, second)) return "appended twice";
    const [had, has] = [this.#runs.get(first), this.#runs.get(second)];
    const place = this.#places.get(second.id);
    if (had === undefined || has === undefined || place === undefined) return undefined;
    for (const kill of had.kills) {
      // A worker continues its runs after its broker's end.
      if (kill.at > second.at || first.at > kill.back) continue;
      if (had === has) return "killed before the outcome was on its disk";
      if (isUnstored(kill, place)) return "killed before the position was stored";
    }
    // The other way round: its worker had it in hand, or its file had it, when another broker read it.
    const before = has.kills.some(
      (kill) => kill.at <= second.at && (this.#sentAt.get(second.root) ?? 0) <= kill.at && isUnstored(kill, place),
    );
    return before ? "in hand when its broker was killed before the position was stored" : undefined;
  }
}

function isUnstored({ stored }: BrokerKill, { partition, offset }: Found): boolean {
  return offset >= (stored.get(partition) ?? 0);
}

/** Places of partitions that have no record. */
function holes(found: readonly Found[], ends: ReadonlyMap<number, number>): string[] {
  const places = new Set(found.map(({ partition, offset }) => `${partition}/${offset}`));
  return [...ends].flatMap(([partition, end]) =>
    Array.from({ length: end }, (_, offset) => `${partition}/${offset}`).filter((place) => !places.has(place)),
  );
}

function shuffled<T>(items: readonly T[], below: (end: number) => number): T[] {
  return items
    .map((item) => ({ item, place: below(2 ** 30) }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function report(figures: object): void {
  process.stderr.write(`Kafka rebalances: ${JSON.stringify(figures)}\n`);
}
