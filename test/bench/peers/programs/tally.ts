import { closeSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Pair } from "./adapter.js";
import { now } from "./clock.js";

/** The folder of the files that `readTallies` reads. */
export const TALLY_VARIABLE = "TASKWIRE_BENCH_TALLY";
/** How often what changed is written, milliseconds. */
const EVERY_MS = 20;
const GROWTH = 65_536;

/** How often each activation ran in this process: `PID.runs` has how many, the first and the last moment; the rest is written when no run came for a while. */
class Tally {
  readonly #path: string;
  readonly #head = new Float64Array(3);
  readonly #file: number;
  #counts = new Uint8Array(GROWTH);
  #latencies: number[] = [];
  #written = 0;
  #complete = 0;

  constructor(folder: string) {
    this.#path = join(folder, String(process.pid));
    this.#file = openSync(`${this.#path}.runs`, "w");
    setInterval(() => this.#write(), EVERY_MS).unref();
    process.on("exit", () => {
      this.#write();
      this.#write();
      closeSync(this.#file);
    });
  }

  ran({ n, sent }: Pair): void {
    const at = now();
    if (this.#head[0] === 0) this.#head[1] = at;
    this.#head[0] = (this.#head[0] ?? 0) + 1;
    this.#head[2] = at;
    if (n >= this.#counts.length) {
      const counts = new Uint8Array(n + GROWTH);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    this.#counts[n] = Math.min(255, (this.#counts[n] ?? 0) + 1);
    if (sent > 0) this.#latencies.push(at - sent);
  }

  #write(): void {
    const ran = this.#head[0] ?? 0;
    if (ran !== this.#written) {
      writeSync(this.#file, this.#head, 0, this.#head.byteLength, 0);
      this.#written = ran;
    } else if (ran !== this.#complete) {
      // The marker of completeness is renamed into place last.
      writeFileSync(`${this.#path}.counts.part`, this.#counts);
      renameSync(`${this.#path}.counts.part`, `${this.#path}.counts`);
      writeFileSync(`${this.#path}.rest.part`, JSON.stringify({ ran, latencies: this.#latencies }));
      renameSync(`${this.#path}.rest.part`, `${this.#path}.rest`);
      this.#complete = ran;
    }
  }
}

let tally: Tally | undefined;

/** Called by every handler, in the process in which it runs. */
export function ran(pair: Pair): void {
  tally ??= new Tally(process.env[TALLY_VARIABLE] ?? "");
  tally.ran(pair);
}
