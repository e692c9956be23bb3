import { readFileSync } from "node:fs";
import { FlightsFileError } from "./errors.js";
import type { OrganizationVolumes } from "./volume-source.js";

const HEADER = "state,origin,destination,flights";
const COLUMNS = HEADER.split(",").length;

/**
 * Reads a flights.csv as volumes: organization = state, project = origin airport, total = flights to all destinations.
 * Ascending by organization, then project. Throws FlightsFileError.
 */
export function readFlights(file: string): readonly OrganizationVolumes[] {
  return parseFlights(readFileSync(file, "utf8"), file);
}

/** `name` stands for the file in messages. */
export function parseFlights(text: string, name: string): readonly OrganizationVolumes[] {
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== HEADER)
    throw new FlightsFileError(name, 1, `expected the header ${HEADER}, got ${JSON.stringify(header)}`);
  const states = new Map<string, Map<string, number>>();
  for (const [index, line] of lines.entries()) {
    if (line === "" && index === lines.length - 1) break;
    const { state, origin, flights } = parseLine(line, name, index + 2);
    const airports = states.get(state) ?? new Map<string, number>();
    states.set(state, airports.set(origin, (airports.get(origin) ?? 0) + flights));
  }
  return [...states].sort(byName).map(([organization, airports]) => ({
    organization,
    projects: [...airports].sort(byName).map(([project, total]) => ({ project, total })),
  }));
}

function parseLine(line: string, name: string, number: number): { state: string; origin: string; flights: number } {
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
  return { state, origin, flights: count };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
