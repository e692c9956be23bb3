import { pythonWith } from "../../interop/python.js";
import { KafkaServer, NO_KAFKA } from "../../support/kafka/kafka-server.js";
import { limited } from "../../support/waiting.js";
import { contenders } from "./contenders/all.js";
import type { Flags } from "./flags.js";
import { machine } from "./machine.js";
import type { Result } from "./page/result.js";
import { pullOurs, pullRust } from "./pull/brokers.js";
import { PYTHON_PACKAGE } from "./pull/python.js";
import type { PullRates } from "./pull/rates.js";
import { round, type Sample } from "./round.js";

/** One contender that takes longer in one round hangs, milliseconds. */
const LONGEST_MS = 300_000;
const RUST = "Rust taskbroker";

/** All rounds, in each of them all contenders in turn. `progress` is called before each. */
export async function run({ rounds, count, only, python }: Flags, progress: (what: string) => void): Promise<Result> {
  const began = performance.now();
  const about = { date: new Date().toISOString().slice(0, 10), machine: machine() };
  const found = contenders();
  const taking = found.contenders.filter(({ name }) => only.length === 0 || only.includes(name));
  if (taking.length === 0) throw new Error(`--only: expected ${found.contenders.map(({ name }) => name).join(", ")}`);
  const samples: Record<string, Sample[]> = Object.fromEntries(taking.map(({ name }) => [name, []]));
  await using pulled = await Pulled.open(python);
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
  readonly #python: string | undefined;
  #topics = 0;

  private constructor(
    program: string,
    kafka: KafkaServer | undefined,
    python: string | undefined,
    missing: readonly string[],
  ) {
    this.#program = program;
    this.#kafka = kafka;
    this.#python = python;
    this.missing = missing;
  }

  /** `withPython`: Python's worker is measured, too. */
  static async open(withPython: boolean): Promise<Pulled> {
    const missing: string[] = [];
    const python = withPython ? await pythonWith(PYTHON_PACKAGE) : undefined;
    if (python === undefined) missing.push("Python's worker: give --python");
    if (python?.kind === "absent") missing.push(`Python's worker: ${python.reason}`);
    const program = process.env.TASKBROKER_BIN ?? "";
    if (program === "") missing.push(`${RUST}: set TASKBROKER_BIN to its program`);
    else if (NO_KAFKA !== undefined) missing.push(`${RUST}: it needs Kafka, and ${NO_KAFKA}`);
    const kafka = program === "" || NO_KAFKA !== undefined ? undefined : await KafkaServer.start();
    return new Pulled(program, kafka, python?.kind === "ready" ? python.executable : undefined, missing);
  }

  async round(): Promise<void> {
    this.rates.Taskwire?.push(await pullOurs(this.#python));
    if (this.#kafka === undefined) return;
    this.#topics += 1;
    this.rates[RUST]?.push(await pullRust(this.#program, this.#kafka, `bench-${this.#topics}`, this.#python));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kafka?.[Symbol.asyncDispose]();
  }
}
