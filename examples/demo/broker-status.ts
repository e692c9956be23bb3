import { DemoError } from "./errors.js";
import { runCli } from "./processes.js";

/** What the demo reads of `taskwire status --json`. */
export interface BrokerStatus {
  /** Activations by state. */
  readonly counts: ReadonlyMap<string, number>;
  /** Runs by how they ended: completed, retried, deadlettered, discarded, expired. */
  readonly ended: ReadonlyMap<string, number>;
}

export async function fetchBrokerStatus(cli: string, broker: string): Promise<BrokerStatus> {
  return parseBrokerStatus(await runCli(cli, ["status", "--broker", broker, "--json"]));
}

/** Throws DemoError when the text is no status document. */
export function parseBrokerStatus(text: string): BrokerStatus {
  const { counts, ended } = objectOf(documentIn(text), "the status");
  return { counts: numbersOf(counts, '"counts"'), ended: numbersOf(ended, '"ended"') };
}

function documentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DemoError(
      `expected \`taskwire status --json\` to print JSON, got ${JSON.stringify(text.slice(0, 200))}`,
      { cause: error },
    );
  }
}

/** Nothing waits, runs or is to be published. */
export function isQuiet({ counts }: BrokerStatus): boolean {
  return [...counts.values()].every((count) => count === 0);
}

function numbersOf(value: unknown, what: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, number] of Object.entries(objectOf(value, what))) {
    if (typeof number !== "number")
      throw new DemoError(`expected ${name} of ${what} to be a number, got ${JSON.stringify(number)}`);
    numbers.set(name, number);
  }
  return numbers;
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DemoError(`expected ${what} of the broker's status to be an object, got ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(value));
}
