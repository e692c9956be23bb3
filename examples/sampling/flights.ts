import { readFileSync } from "node:fs";
import type { VolumeRecord } from "taskwire/sampling";
import { FlightsFileError } from "./errors.js";
import type { NamedOrganization } from "./sqlite/organizations.js";

const HEADER = "state,origin,destination,flights";
const COLUMNS = HEADER.split(",").length;

/** The year of the flights ends here; the example counts all of them in its last minute. Milliseconds since the epoch. */
export const COUNTED_UNTIL = Date.UTC(2008, 11, 31, 23, 59, 59, 999);

/** What was kept so far of every transaction, before any rate was computed; rounded down. */
const KEPT_BEFORE = 0.25;

interface Flights {
  readonly state: string;
  readonly origin: string;
  readonly destination: string;
  /** A whole number of at least 0. */
  readonly flights: number;
}

/** Reads a flights.csv. Throws FlightsFileError. */
export function readFlights(file: string): readonly Flights[] {
  return parseFlights(readFileSync(file, "utf8"), file);
}

/** `name` stands for the file in messages. Exported for tests. */
export function parseFlights(text: string, name: string): readonly Flights[] {
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== HEADER)
    throw new FlightsFileError(name, 1, `expected the header ${HEADER}, got ${JSON.stringify(header)}`);
  const found: Flights[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" && index === lines.length - 1) break;
    found.push(parseLine(line, name, index + 2));
  }
  return found;
}

export interface FlightVolumes {
  readonly organizations: readonly NamedOrganization[];
  readonly records: readonly VolumeRecord[];
}

/**
 * Flights as dynamic sampling sees its volumes: organization = state, project = origin airport, transaction = destination
 * airport. Ids are places in sorted order, from 1; an airport's is its place among those of all states.
 */
export function flightVolumes(flights: readonly Flights[]): FlightVolumes {
  const states = new Map<string, Set<string>>();
  for (const { state, origin } of flights) states.set(state, (states.get(state) ?? new Set()).add(origin));
  let projects = 0;
  const organizations = [...states.keys()].sort().map((name, index) => {
    const airports = [...(states.get(name) ?? [])].sort();
    return { id: index + 1, name, projects: airports.map((airport) => ({ id: ++projects, name: airport })) };
  });
  const ids = new Map(
    organizations.flatMap((organization) =>
      organization.projects.map(({ id, name }) => [
        `${organization.name}/${name}`,
        { orgId: organization.id, projectId: id },
      ]),
    ),
  );
  const records = flights.flatMap(({ state, origin, destination, flights: total }) => {
    const identity = ids.get(`${state}/${origin}`);
    if (identity === undefined) return [];
    const keep = Math.floor(total * KEPT_BEFORE);
    return [{ measure: "transactions" as const, ...identity, name: destination, at: COUNTED_UNTIL, total, keep }];
  });
  return { organizations, records };
}

function parseLine(line: string, name: string, number: number): Flights {
  const [state = "", origin = "", destination = "", flights = "", ...more] = line.split(",");
  if (state === "" || origin === "" || destination === "" || flights === "" || more.length > 0) {
    throw new FlightsFileError(
      name,
      number,
      `expected ${COLUMNS} values, none of them empty, got ${JSON.stringify(line)}`,
    );
  }
  const count = Number(flights);
  if (!/^\d+$/.test(flights) || !Number.isSafeInteger(count)) {
    throw new FlightsFileError(
      name,
      number,
      `expected flights to be a whole number of at least 0, got ${JSON.stringify(flights)}`,
    );
  }
  return { state, origin, destination, flights: count };
}
