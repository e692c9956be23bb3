import { DemoError } from "./errors.js";

/** The parts of the broker's /api/status that the demo reads. */
export interface BrokerStatus {
  /** Activations by state. */
  readonly counts: ReadonlyMap<string, number>;
  /** Runs by how they ended: completed, retried, deadlettered, discarded, expired. */
  readonly ended: ReadonlyMap<string, number>;
  /** Records of the log that were not read yet. */
  readonly lag: number;
}

/** `http`: HOST:PORT of the broker's HTTP services; `token`: of its console, if it serves one. */
export async function fetchBrokerStatus(http: string, token?: string): Promise<BrokerStatus> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://${http}/api/status`, { headers });
  return parseBrokerStatus(await response.text());
}

/** Throws DemoError when the text is not a status document. Exported for tests. */
export function parseBrokerStatus(text: string): BrokerStatus {
  const { counts, ended, topics } = objectOf(documentIn(text), "the status");
  const lags = (Array.isArray(topics) ? topics : []).map((topic) =>
    numbersOf({ lag: objectOf(topic, "a topic").lag }, "a topic"),
  );
  return {
    counts: numbersOf(counts, '"counts"'),
    ended: numbersOf(ended, '"ended"'),
    lag: lags.reduce((sum, topic) => sum + (topic.get("lag") ?? 0), 0),
  };
}

function documentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DemoError(`expected the broker's /api/status to be JSON, got ${JSON.stringify(text.slice(0, 200))}`, {
      cause: error,
    });
  }
}

/** Every record has been read, and no activation waits, runs or is to be published. */
export function isQuiet({ counts, lag }: BrokerStatus): boolean {
  return lag === 0 && [...counts.values()].every((count) => count === 0);
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
