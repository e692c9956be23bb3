import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { Entry } from "../support/contract/history.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { byCopies, copiesIn, onKafka, recordsIn } from "../support/kafka/topic-contents.js";
import { until } from "../support/waiting.js";
import type { Flow } from "./fixtures/kafka-producer.js";
import { environment as embedded } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const COUNT = 50_000;
const PRODUCERS = 2;
const PARTITIONS = 8;
/** How Kafka goes down, one after the other. */
const RESTARTS = ["kill", "stop", "kill", "stop", "kill"] as const;

/** What is known of one restart, times in milliseconds since the epoch. */
interface Restart {
  /** When its end was requested, when it had ended, and when it answered again. */
  readonly down: number;
  readonly gone: number;
  readonly up: number;
}

describe.skipIf(NO_KAFKA !== undefined)(`Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  it(`is restarted ${RESTARTS.length} times in a flow of ${COUNT}: nothing is lost, and what runs twice was appended twice`, async () => {
    await using server = await KafkaServer.start();
    const environment = await onKafka(embedded, server, "flow", PARTITIONS);
    await using harness = new FaultHarness(environment, join(FIXTURES, "handlers.js"));
    const broker = await harness.serving();
    await harness.worker("--concurrency", "32", "--children", "1");
    const began = Date.now();
    const producers = Array.from({ length: PRODUCERS }, (_, index) => {
      const every = { once: 10, flaky: 101, doomed: 499 };
      const flow: Flow = { environment, name: `p${index}`, count: COUNT / PRODUCERS, every };
      return harness.producer(join(FIXTURES, "kafka-producer.js"), [JSON.stringify(flow)]);
    });
    const seen = new Seen(harness.history.follow());
    const restarts: Restart[] = [];
    // How many activations are accepted when each restart begins.
    const beginning = (index: number) => (COUNT * (index + 0.5)) / RESTARTS.length;
    for (const [index, how] of RESTARTS.entries()) {
      await until(() => seen.look().accepted >= beginning(index));
      const down = Date.now();
      await server[how]();
      const gone = Date.now();
      await server.launch();
      const up = Date.now();
      // Producers may be faster than the intake comes back: then the next restart is due, or nothing would be left for it.
      await until(() => seen.look().back(gone) !== undefined || seen.accepted >= beginning(index + 1));
      restarts.push({ down, gone, up });
    }
    for (const { ended } of producers) expect(await ended).toBeUndefined();
    await harness.settled();
    const seconds = (Date.now() - began) / 1000;

    const log = await openLog(environment.clusters[0] ?? expect.fail(), harness.processes.data);
    const { found } = await recordsIn(log, "flow", PARTITIONS);
    await log.close();
    const copies = copiesIn(found);
    const { problems, accepted, duplicated, completed, deadlettered } = await harness.verdict(byCopies(copies));
    const entries = harness.history.read();
    report({
      activations: COUNT,
      restarts: restarts.map(({ down, gone, up }, index) => {
        const { accepted, started } = seen.look().back(gone) ?? expect.fail(`nothing started after restart ${index}`);
        return {
          how: RESTARTS[index],
          awaySeconds: (up - down) / 1000,
          acceptedAfterSeconds: (accepted - gone) / 1000,
          intakeBackSeconds: (started - gone) / 1000,
        };
      }),
      refused: countsOf(entries.flatMap((entry) => (entry.what === "refused" ? [entry.code] : []))),
      completed,
      deadlettered,
      appendedTwice: copies.size,
      ranTwice: duplicated,
      seconds,
    });
    expect(problems).toEqual([]);
    expect(accepted).toBe(COUNT);
    // An append whose answer was lost was under way when Kafka went down.
    const spans = spansOf(entries);
    const unexplained = [...copies.keys()].filter((id) => {
      const span = spans.get(id);
      return span !== undefined && !restarts.some(({ down, up }) => span.from <= up && span.to >= down);
    });
    expect(unexplained).toEqual([]);
    expect(await broker.stop(), broker.said()).toBe(0);
  }, 900_000);
});

/** The history as far as it was looked at. */
class Seen {
  readonly #next: () => Entry[];
  readonly #acceptedAt = new Map<string, number>();
  readonly #startedAt = new Map<string, number>();

  constructor(next: () => Entry[]) {
    this.#next = next;
  }

  look(): this {
    for (const entry of this.#next()) {
      if (entry.what === "accepted") this.#acceptedAt.set(entry.id, entry.at);
      if (entry.what === "started" && !this.#startedAt.has(entry.id)) this.#startedAt.set(entry.id, entry.at);
    }
    return this;
  }

  get accepted(): number {
    return this.#acceptedAt.size;
  }

  /** When the first activation was accepted after `gone`, and when the first such one started; undefined: none did. */
  back(gone: number): { accepted: number; started: number } | undefined {
    const after = [...this.#acceptedAt].filter(([, at]) => at > gone);
    const starts = after.flatMap(([id]) => this.#startedAt.get(id) ?? []);
    if (starts.length === 0) return undefined;
    return { accepted: least(after.map(([, at]) => at)), started: least(starts) };
  }
}

/** From the call until the acknowledgement, by id. */
function spansOf(entries: readonly Entry[]): Map<string, { from: number; to: number }> {
  const spans = new Map<string, { from: number; to: number }>();
  for (const entry of entries) {
    if (entry.what === "invoked") spans.set(entry.id, { from: entry.at, to: Number.POSITIVE_INFINITY });
    if (entry.what !== "accepted") continue;
    const span = spans.get(entry.id);
    if (span !== undefined) span.to = entry.at;
  }
  return spans;
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
}

function report(figures: object): void {
  process.stderr.write(`Kafka restarts: ${JSON.stringify(figures)}\n`);
}
