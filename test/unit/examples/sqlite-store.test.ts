import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeProcessStore, processStore } from "../../../examples/sampling/process-store.js";
import { SqliteStore } from "../../../examples/sampling/sqlite-store.js";

const WRITER = join(import.meta.dirname, "fixtures/store-writer.mjs");
const STORE_MODULE = pathToFileURL(join(import.meta.dirname, "../../../dist/examples/sampling/sqlite-store.js")).href;

let folder: string;
let path: string;
let store: SqliteStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-store-"));
  path = join(folder, "sampling.db");
  store = new SqliteStore(path);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const volumes = [
  {
    organization: "A",
    projects: [
      { project: "x", total: 1 },
      { project: "y", total: 0 },
    ],
  },
  { organization: "B", projects: [{ project: "x", total: 5 }] },
];

test("gives volumes back as loaded, also from another connection", () => {
  store.loadVolumes(volumes);
  expect(store.organizations()).toEqual(volumes);
  using other = new SqliteStore(path);
  expect(other.organizations()).toEqual(volumes);
});

test("sorts what was loaded unsorted", () => {
  store.loadVolumes([...volumes].reverse());
  expect(store.organizations()).toEqual(volumes);
});

test("loading replaces all volumes, and a load that fails changes none", () => {
  store.loadVolumes(volumes);
  expect(() =>
    store.loadVolumes([
      {
        organization: "C",
        projects: [
          { project: "z", total: 1 },
          { project: "z", total: 2 },
        ],
      },
    ]),
  ).toThrow(/UNIQUE/);
  expect(store.organizations()).toEqual(volumes);
  store.loadVolumes([]);
  expect(store.organizations()).toEqual([]);
});

test("numbers organizations from 1 in sorted order", () => {
  store.loadVolumes(volumes);
  expect([store.organizationNumber("A"), store.organizationNumber("B")]).toEqual([1, 2]);
  expect(() => store.organizationNumber("AA")).toThrow(
    'organization "AA" has no volumes in the store; load them first',
  );
});

test("a rate replaces the former one of its project; every bit is kept", () => {
  store.storeRates("B", [{ project: "x", rate: 0.1 }]);
  store.storeRates("A", [
    { project: "y", rate: 1 },
    { project: "x", rate: 0 },
  ]);
  store.storeRates("B", [{ project: "x", rate: 0.1 + 0.2 }]);
  expect(store.rates()).toEqual([
    { organization: "A", project: "x", rate: 0 },
    { organization: "A", project: "y", rate: 1 },
    { organization: "B", project: "x", rate: 0.30000000000000004 },
  ]);
  expect(store.rateCount()).toBe(3);
});

test.each([[1.5], [-0.1], [Number.NaN]])("a rate of %s is refused, and none of its organization is stored", (rate) => {
  expect(() =>
    store.storeRates("A", [
      { project: "x", rate: 0.5 },
      { project: "y", rate },
    ]),
  ).toThrow(/constraint failed/);
  expect(store.rateCount()).toBe(0);
});

test("the file is in WAL mode, so that readers and a writer do not wait for each other", () => {
  store.loadVolumes(volumes);
  const writer = new Database(path);
  try {
    writer.exec("BEGIN IMMEDIATE; DELETE FROM volumes");
    expect(store.organizations()).toEqual(volumes);
  } finally {
    writer.close();
  }
});

test("several processes write at once and nothing is lost", async () => {
  const run = promisify(execFile);
  await Promise.all(
    ["p", "q", "r"].map((project) => run(process.execPath, [WRITER, STORE_MODULE, path, project, "40"])),
  );
  expect(store.rateCount()).toBe(120);
});

test("a file that is no database is an error", () => {
  expect(() => new SqliteStore(folder)).toThrow();
});

test("the process's store is the one that the variable names, opened once", () => {
  try {
    const environment = { TASKWIRE_DEMO_STORE: path };
    expect(processStore(environment)).toBe(processStore(environment));
    expect(processStore({ TASKWIRE_DEMO_STORE: join(folder, "other.db") }).path).toBe(join(folder, "other.db"));
    expect(() => processStore({})).toThrow(
      "the environment variable TASKWIRE_DEMO_STORE is not set: expected the path of the volume and rate store; `npm run demo` sets it",
    );
  } finally {
    closeProcessStore();
  }
});
