import { parseArgs } from "node:util";

export interface Flags {
  readonly rounds: number;
  readonly count: number;
  readonly only: readonly string[];
  readonly json: string | undefined;
  readonly write: boolean;
  readonly python: boolean;
  readonly from: string | undefined;
}

export const USAGE = `npm run bench:peers [-- OPTIONS]
  --rounds N    rounds in turn (5)
  --count N     activations of one drain (50000)
  --only NAME   this contender, may be repeated (all)
  --python      Python's worker, too (installs it below ~/.cache at its first run)
  --json FILE   the result as JSON
  --from FILE   measures nothing, takes the result of an earlier run
  --write       rewrites the tables and charts of docs/reference/performance.md
TASKBROKER_BIN: the program of the Rust taskbroker, for the rows over its protocol; needs Java and Maven, which bring Kafka`;

/** Throws an Error whose message says what is wrong. */
export function flagsOf(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      count: { type: "string", default: "50000" },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      from: { type: "string" },
      python: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  return {
    rounds: positive("--rounds", values.rounds),
    count: positive("--count", values.count),
    only: values.only,
    json: values.json,
    from: values.from,
    write: values.write,
    python: values.python,
  };
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name}: expected a whole number from 1, got ${value}`);
  return number;
}
