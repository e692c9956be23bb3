import type { Machine } from "../machine.js";
import type { PullRates } from "../pull/rates.js";
import type { Sample } from "../round.js";

/** Everything that one run has found: the JSON that `--json` writes. */
export interface Result {
  readonly date: string;
  readonly machine: Machine;
  readonly seconds: number;
  /** Activations of one drain. */
  readonly count: number;
  readonly contenders: readonly Described[];
  /** By contender, one sample for each round. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  /** By broker. */
  readonly pull: Readonly<Record<string, readonly PullRates[]>>;
  /** What could not be measured, and what it needs. */
  readonly missing: readonly string[];
}

interface Described {
  readonly name: string;
  readonly version: string;
  readonly durability: string;
  readonly setting: string;
}
