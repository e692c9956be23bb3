import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COUNTED_UNTIL, flightVolumes, parseFlights, readFlights } from "../../../examples/sampling/flights.js";

const HEADER = "state,origin,destination,flights";

describe("flights.csv", () => {
  const { organizations, records } = flightVolumes(
    readFlights(join(import.meta.dirname, "../../../examples/data/flights.csv")),
  );
  const projects = organizations.flatMap((organization) => organization.projects);

  test("has 51 organizations, 299 projects and 7,004,953 flights", () => {
    expect(organizations).toHaveLength(51);
    expect(projects).toHaveLength(299);
    expect(records.reduce((sum, { total }) => sum + total, 0)).toBe(7_004_953);
  });

  test("numbers organizations and projects from 1, in sorted order", () => {
    expect(organizations.map(({ id }) => id)).toEqual(organizations.map((_, index) => index + 1));
    expect(projects.map(({ id }) => id)).toEqual(projects.map((_, index) => index + 1));
    const names = organizations.flatMap(({ name, projects: of }) => of.map((project) => `${name}/${project.name}`));
    expect(names).toEqual([...names].sort());
    expect(names[0]).toBe("AK/ADK");
  });
});

describe("volumes", () => {
  test("organization = state, project = origin, transaction = destination; a quarter of each was kept", () => {
    const flights = parseFlights(`${HEADER}\nB,Y,Z,9\nA,X,Z,2\nB,W,X,0`, "f.csv");
    const common = { measure: "transactions", at: COUNTED_UNTIL };
    expect(flightVolumes(flights)).toEqual({
      organizations: [
        { id: 1, name: "A", projects: [{ id: 1, name: "X" }] },
        {
          id: 2,
          name: "B",
          projects: [
            { id: 2, name: "W" },
            { id: 3, name: "Y" },
          ],
        },
      ],
      records: [
        { ...common, orgId: 2, projectId: 3, name: "Z", total: 9, keep: 2 },
        { ...common, orgId: 1, projectId: 1, name: "Z", total: 2, keep: 0 },
        { ...common, orgId: 2, projectId: 2, name: "X", total: 0, keep: 0 },
      ],
    });
  });
});

describe("parsing", () => {
  test("takes any line ends", () =>
    expect(parseFlights(`${HEADER}\r\nB,Y,Z,1\r\nA,X,Z,2`, "f.csv")).toEqual([
      { state: "B", origin: "Y", destination: "Z", flights: 1 },
      { state: "A", origin: "X", destination: "Z", flights: 2 },
    ]));

  test("no rows, no flights", () => expect(parseFlights(`${HEADER}\n`, "f.csv")).toEqual([]));

  test.each([
    [
      "another header",
      "state,origin\n",
      'f.csv:1: expected the header state,origin,destination,flights, got "state,origin"',
    ],
    ["an empty file", "", 'f.csv:1: expected the header state,origin,destination,flights, got ""'],
    ["too few values", `${HEADER}\nA,X,Z\n`, 'f.csv:2: expected 4 values, none of them empty, got "A,X,Z"'],
    ["too many values", `${HEADER}\nA,X,Z,1,2\n`, 'f.csv:2: expected 4 values, none of them empty, got "A,X,Z,1,2"'],
    ["an empty value", `${HEADER}\nA,X,Z,1\nA,,Z,1\n`, 'f.csv:3: expected 4 values, none of them empty, got "A,,Z,1"'],
    ["an empty line within", `${HEADER}\n\nA,X,Z,1\n`, 'f.csv:2: expected 4 values, none of them empty, got ""'],
    [
      "no number",
      `${HEADER}\nA,X,Z,many\n`,
      'f.csv:2: expected flights to be a whole number of at least 0, got "many"',
    ],
    ["a fraction", `${HEADER}\nA,X,Z,1.5\n`, 'f.csv:2: expected flights to be a whole number of at least 0, got "1.5"'],
    [
      "a negative number",
      `${HEADER}\nA,X,Z,-1\n`,
      'f.csv:2: expected flights to be a whole number of at least 0, got "-1"',
    ],
    [
      "an unsafe number",
      `${HEADER}\nA,X,Z,9007199254740993\n`,
      'f.csv:2: expected flights to be a whole number of at least 0, got "9007199254740993"',
    ],
  ])("refuses %s with its line", (_name, text, message) => expect(() => parseFlights(text, "f.csv")).toThrow(message));
});
