import { KafkaServer, NO_KAFKA } from "../../support/kafka/kafka-server.js";
import { limited } from "../../support/waiting.js";
import { contenders } from "./contenders/all.js";
import type { Flags } from "./flags.js";
import { machine } from "./machine.js";
import type { PullRates } from "./pull.js";
import { pullOurs, pullRust } from "./pulled-brokers.js";
import type { Result } from "./result.js";
import { round, type Sample } from "./round.js";

/** One contender that takes longer in one round hangs, milliseconds. */
const LONGEST_MS = 300_000;
const RUST = "Rust taskbroker";

/** All rounds, in each of them all contenders in turn. `progress` is called before each. */
export async function run({ rounds, count, only }: Flags, progress: (what: string) => void): Promise<Result> {
  const began = performance.now();
  const about = { date: new Date().toISOString().slice(0, 10), machine: machine() };
  const found = contenders();
  const taking = found.contenders.filter(({ name }) => only.length === 0 || only.includes(name));
  if (taking.length === 0) throw new Error(`--only: expected ${found.contenders.map(({ name }) => name).join(", ")}`);
  const samples: Record<string, Sample[]> = Object.fromEntries(taking.map(({ name }) => [name, []]));
  await using pulled = await Pulled.open();
  for (let number = 1; number <= rounds; number += 1) {
    for (const contender of taking) {
      progress(`round ${number} of ${rounds}: ${contender.name}`);
      samples[contender.name]?.push(await watched(contender.name, round(contender, count)));
    }
    progress(`round ${number} of ${rounds}: the taskbroker protocol`);
    await watched("the taskbroker protocol", pulled.round());
  }
  return {
    ...about,
    seconds: Math.round((performance.now() - began) / 1000),
    count,
    contenders: taking.map(({ name, version, durability, setting }) => ({ name, version, durability, setting })),
    samples,
    pull: pulled.rates,
    missing: [...found.missing, ...pulled.missing],
  };
}

function watched<Done>(who: string, done: Promise<Done>): Promise<Done> {
  return limited(LONGEST_MS, `a round of ${who}`, done, () => "");
}

/** Brokers that clients of the taskbroker protocol ask. */
class Pulled implements AsyncDisposable {
  readonly rates: Readonly<Record<string, PullRates[]>> = { Taskwire: [], [RUST]: [] };
  readonly missing: readonly string[];
  readonly #kafka: KafkaServer | undefined;
  readonly #program: string;
  #topics = 0;

  private constructor(program: string, kafka: KafkaServer | undefined, missing: readonly string[]) {
    this.#program = program;
    this.#kafka = kafka;
    this.missing = missing;
  }

  static async open(): Promise<Pulled> {
    const program = process.env.TASKBROKER_BIN ?? "";
    if (program === "") return new Pulled("", undefined, [`${RUST}: set TASKBROKER_BIN to its program`]);
    if (NO_KAFKA !== undefined) return new Pulled("", undefined, [`${RUST}: it needs Kafka, and ${NO_KAFKA}`]);
    return new Pulled(program, await KafkaServer.start(), []);
  }

  async round(): Promise<void> {
    this.rates.Taskwire?.push(await pullOurs());
    if (this.#kafka === undefined) return;
    this.#topics += 1;
    this.rates[RUST]?.push(await pullRust(this.#program, this.#kafka, `bench-${this.#topics}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kafka?.[Symbol.asyncDispose]();
  }
}
