import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseFlights, readFlights } from "../../../examples/sampling/flights.js";

const HEADER = "state,origin,destination,flights";

describe("flights.csv", () => {
  const volumes = readFlights(join(import.meta.dirname, "../../../examples/data/flights.csv"));
  const projects = volumes.flatMap((organization) => organization.projects);

  test("has 51 organizations, 299 projects and 7,004,953 flights", () => {
    expect(volumes).toHaveLength(51);
    expect(projects).toHaveLength(299);
    expect(projects.reduce((sum, { total }) => sum + total, 0)).toBe(7_004_953);
  });

  test("is ascending by organization, then project", () => {
    const names = volumes.flatMap(({ organization, projects: of }) =>
      of.map(({ project }) => `${organization}/${project}`),
    );
    expect(names).toEqual([...names].sort());
    expect(names[0]).toBe("AK/ADK");
  });

  test("sums a project over its destinations", () =>
    expect(volumes[0]?.projects.find(({ project }) => project === "AKN")?.total).toBeGreaterThan(78));
});

describe("parsing", () => {
  test("sums destinations, in any order of lines, with any line ends", () =>
    expect(parseFlights(`${HEADER}\r\nB,Y,Z,1\r\nA,X,Z,2\r\nB,Y,X,40\r\nB,W,X,0`, "f.csv")).toEqual([
      { organization: "A", projects: [{ project: "X", total: 2 }] },
      {
        organization: "B",
        projects: [
          { project: "W", total: 0 },
          { project: "Y", total: 41 },
        ],
      },
    ]));

  test("no rows, no organizations", () => expect(parseFlights(`${HEADER}\n`, "f.csv")).toEqual([]));

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
