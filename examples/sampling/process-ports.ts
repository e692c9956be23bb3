import { defaultInstruments, type Instruments } from "taskwire/sampling";
import { reportError } from "../print-result.js";
import { MissingVariable } from "./errors.js";
import { COUNTED_UNTIL } from "./flights.js";
import { examplePlan } from "./plan.js";
import type { SamplingPorts } from "./ports.js";
import { SamplingDatabase } from "./sqlite/database.js";

/** The variable with the path of the database; every process of the example has it. */
export const STORE_VARIABLE = "TASKWIRE_DEMO_STORE";

let opened: { readonly database: SamplingDatabase; readonly ports: SamplingPorts } | undefined;

/** This process's ports over its database, opened at first use. Throws MissingVariable. */
export function processPorts(environment = process.env): SamplingPorts {
  const path = environment[STORE_VARIABLE];
  if (path === undefined || path === "")
    throw new MissingVariable(STORE_VARIABLE, "the path of the database with volumes and rates");
  if (opened?.database.path !== path) {
    closeProcessPorts();
    const database = new SamplingDatabase(path, { volumesUntil: () => COUNTED_UNTIL });
    opened = { database, ports: portsOver(database) };
  }
  return opened.ports;
}

/** Exported for tests. */
export function closeProcessPorts(): void {
  opened?.database.close();
  opened = undefined;
}

/** The example's ports: nothing is set by options, and nobody holds copies of configurations that could become stale. */
function portsOver(
  { volumes, rates, organizations }: Pick<SamplingDatabase, "volumes" | "rates" | "organizations">,
  instruments: Instruments = processInstruments,
): SamplingPorts {
  return {
    volumes,
    rates,
    organizations,
    options: { get: () => undefined },
    quotas: examplePlan,
    invalidation: { invalidate: () => {} },
    instruments,
  };
}

/** The volumes are a snapshot: the calendar stands still at its end. Log lines and reports go to stdout and stderr as JSON. */
const processInstruments: Instruments = {
  ...defaultInstruments,
  utc: () => new Date(COUNTED_UNTIL),
  log: {
    debug: () => {},
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
    error: (message, fields) => line("error", message, fields),
  },
  reports: {
    error: reportError,
    message: (message, fields) => reportError(new Error(`${message}: ${JSON.stringify(fields)}`)),
  },
};

function line(level: string, message: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}
