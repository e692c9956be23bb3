import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeProcessPorts, processPorts } from "../../../examples/sampling/process-ports.js";
import { SamplingDatabase } from "../../../examples/sampling/sqlite/database.js";

const WRITER = join(import.meta.dirname, "fixtures/store-writer.mjs");
const MODULE = pathToFileURL(join(import.meta.dirname, "../../../dist/examples/sampling/sqlite/database.js")).href;
const PAGE = { interval: 3600, granularity: 3600, offset: 0, limit: 100 };

let folder: string;
let path: string;
let now: number;
let database: SamplingDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-sampling-"));
  path = join(folder, "sampling.db");
  now = 1_000_000;
  database = new SamplingDatabase(path, { volumesUntil: () => 60_000, now: () => now });
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const organization = {
  id: 1,
  name: "A",
  projects: [
    { id: 1, name: "x", targetSampleRate: 0.5 },
    { id: 2, name: "y" },
  ],
};

test("facts about organizations: what was set, and what holds otherwise", () => {
  database.organizations.add([
    organization,
    {
      id: 2,
      name: "B",
      projects: [],
      settings: { samplingMode: "project", customDynamicSampling: true, spans: true, targetSampleRate: 0.25 },
    },
  ]);
  const plain = { dynamicSampling: true, customDynamicSampling: false, spans: false };
  expect(database.organizations.organizations([2, 1, 9])).toEqual(
    new Map([
      [1, { id: 1, ...plain, samplingMode: "organization", targetSampleRate: null }],
      [
        2,
        {
          id: 2,
          dynamicSampling: true,
          customDynamicSampling: true,
          spans: true,
          samplingMode: "project",
          targetSampleRate: 0.25,
        },
      ],
    ]),
  );
  expect(database.organizations.projects([1, 2])).toEqual(new Map([[1, [1, 2]]]));
  expect(database.organizations.projectTargets([1, 2, 3])).toEqual(new Map([[1, 0.5]]));
});

test("an organization with a target that is no rate is refused with all of its list", () => {
  const wrong = { ...organization, id: 2, settings: { targetSampleRate: 1.5 } };
  expect(() => database.organizations.add([organization, wrong])).toThrow(/constraint failed/);
  expect(database.organizations.organizations([1])).toEqual(new Map());
});

test("another connection sees what was written, also while a third is writing", () => {
  database.rates.set("k", "0.5", 1000);
  const writer = new Database(path);
  try {
    writer.exec("BEGIN IMMEDIATE; DELETE FROM rate_values");
    using other = new SamplingDatabase(path, { now: () => now });
    expect(other.rates.get("k")).toBe("0.5");
  } finally {
    writer.close();
  }
});

test("several processes write at once and nothing is lost", async () => {
  const run = promisify(execFile);
  await Promise.all(["p", "q", "r"].map((project) => run(process.execPath, [WRITER, MODULE, path, project, "20"])));
  now = Date.now();
  for (let orgId = 0; orgId < 20; orgId++) expect(database.rates.getHash(`hash-${orgId}`).size).toBe(3);
  expect(database.volumes.orgVolumes({ ...PAGE, orgs: null }).map(({ total }) => total)).toEqual(Array(20).fill(3));
});

test("what has expired is removed by later writes", () => {
  for (let index = 0; index < 150; index++) database.rates.set(`k${index}`, "1", 10);
  for (let index = 0; index < 150; index++) database.rates.setHash(`h${index}`, new Map([["f", "1"]]), 10);
  now += 10;
  for (const life of [1000, 1000, 1000]) database.rates.set("live", "1", life);
  const plain = new Database(path);
  const count = (table: string) => plain.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get();
  expect(["rate_values", "rate_hashes", "rate_fields"].map(count)).toEqual([1, 0, 0]);
  plain.close();
});

test("a file that is no database is an error", () => {
  expect(() => new SamplingDatabase(folder)).toThrow();
});

test("the process's ports are over the database that the variable names, opened once", () => {
  try {
    const environment = { TASKWIRE_DEMO_STORE: path };
    expect(processPorts(environment)).toBe(processPorts(environment));
    expect(processPorts({ TASKWIRE_DEMO_STORE: join(folder, "other.db") })).not.toBe(processPorts(environment));
    expect(() => processPorts({})).toThrow(
      "the environment variable TASKWIRE_DEMO_STORE is not set: expected the path of the database with volumes and rates; `npm run demo` sets it",
    );
  } finally {
    closeProcessPorts();
  }
});
