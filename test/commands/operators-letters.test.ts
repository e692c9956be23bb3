import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENVIRONMENT, LocalBroker } from "../support/harness/local-broker.js";
import { letterRecord } from "../support/letters.js";
import { operate } from "../support/processes/operate.js";

/** A broker whose pool has eight dead letters, the first of them handled by the worker when it is replayed. */
const local = new LocalBroker();
const folder = mkdtempSync(join(tmpdir(), "taskwire-letters-"));
let address = "";

beforeAll(async () => {
  const broker = await local.start({ listen: "127.0.0.1:0" });
  address = broker.address ?? "";
  const log = await local.log();
  await log.append(
    "work-dlq",
    Array.from({ length: 8 }, (_, number) => letterRecord(number)),
  );
});

afterAll(async () => {
  await local[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (...args: string[]) => operate([...args, "--broker", address]);
const json = async (...args: string[]) => {
  const { code, out, err } = await ask(...args, "--json");
  return { code, err, document: JSON.parse(out) };
};
const place = (offset: number) => `work-dlq/0/${offset}`;

describe("taskwire dead-letters", () => {
  it("reads them from the log of a named environment while no broker answers, and changes nothing then", async () => {
    const model = join(folder, "taskwire.json");
    writeFileSync(
      model,
      JSON.stringify({
        taskwire: 1,
        application: "test",
        hash: "",
        types: [],
        namespaces: [],
        environments: [ENVIRONMENT],
      }),
    );
    const away = ["--broker", "127.0.0.1:1,127.0.0.1:2"];
    const log = ["--env", "test", "--data", local.data, "--model", model];
    const listed = await operate(["dlq", "list", "--json", ...away, ...log]);
    const { rows } = JSON.parse(listed.out);
    expect(rows.map((row: { readonly place: string }) => row.place)).toEqual([7, 6, 5, 4, 3, 2, 1, 0].map(place));
    expect(rows[0].broker).toBe('the log of pool "default"');
    expect(listed.err).toContain("cannot be replayed, purged or revealed until one is back");
    expect(listed.code).toBe(4);
    const shown = await operate(["dlq", "show", place(3), ...away, ...log]);
    expect(shown.out).toMatch(/^place +work-dlq\/0\/3\nstate +open\ntask +things\.quick\n/);
    const groups = await operate(["dlq", "groups", "--json", ...away, ...log]);
    expect(JSON.parse(groups.out).groups[0]).toMatchObject({ count: 8 });
    const exported = await operate(["dlq", "export", ...away, ...log]);
    expect(exported.out.trim().split("\n")).toHaveLength(8);
    const revealed = await operate(["dlq", "show", place(3), "--reveal", "--reason", "ticket", ...away, ...log]);
    expect(revealed).toMatchObject({ code: 1, out: "", err: expect.stringContaining("until one is back") });
    const elsewhere = await operate(["dlq", "list", ...away, ...log.slice(0, 2), "--data", folder, "--model", model]);
    expect(elsewhere).toMatchObject({ code: 1, out: "", err: expect.stringContaining("has no log.db") });
    expect((await operate(["dlq", "list", ...away])).code).toBe(1);
  });

  it("lists dead letters, the newest first, in pages", async () => {
    const { code, out, err } = await ask("dead-letters", "list");
    expect(out).toMatch(/^task +place +reason/);
    expect(out.indexOf(place(7))).toBeLessThan(out.indexOf(place(0)));
    expect(err).toContain("in all: 8 open");
    expect(code).toBe(0);
    const first = await json("dlq", "list", "--limit", "5");
    const second = await json("dlq", "list", "--limit", "5", "--cursor", first.document.cursor);
    expect(second.document.rows.map((row: { readonly place: string }) => row.place)).toEqual([2, 1, 0].map(place));
  });

  it("shows one of them, and ends with 3 for one that is not there", async () => {
    const { code, out } = await ask("dlq", "show", place(3));
    expect(out).toMatch(/^place +work-dlq\/0\/3\nstate +open\ntask +things\.quick\n/);
    expect(code).toBe(0);
    expect((await json("dlq", "show", place(3))).document).toMatchObject({ letter: { id: "a3" } });
    expect((await ask("dlq", "show", place(99))).code).toBe(3);
    expect((await ask("dlq", "show", "x")).code).toBe(2);
  });

  it("exports them with their parameters, one line of JSON each", async () => {
    const file = join(folder, "letters.ndjson");
    const { code, err } = await ask("dlq", "export", "-o", file);
    expect({ code, err }).toEqual({ code: 0, err: "8 dead letters exported\n" });
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ letter }) => letter.id)).toEqual(Array.from({ length: 8 }, (_, number) => `a${number}`));
    expect(lines[0]).toHaveProperty(["headers", "taskwire-reason"], "error");
    expect(lines[0]).toHaveProperty("content.parameters");
    expect((await ask("dlq", "export", "task:nothing")).code).toBe(3);
  });

  it("replays some by their places, once, and names what it did", async () => {
    expect((await ask("dlq", "replay", place(0))).code).toBe(2);
    const dry = await json("dlq", "replay", place(0), "--dry-run");
    expect(dry.document).toMatchObject({ dryRun: true, counts: { replayed: 1 } });
    const done = await ask("dlq", "replay", place(0), place(1), "--yes", "--reason", "fixed");
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^work-dlq\/0\/0 {2}replayed {2}as [0-9a-f]{32} work\n/),
    });
    const again = await ask("dlq", "replay", place(0), place(2), "--yes");
    expect(again).toMatchObject({ code: 4, out: expect.stringContaining("work-dlq/0/0  already  replayed") });
    expect((await ask("dlq", "replay", place(99), "--yes")).code).toBe(3);
    await local.worker("test", ["things.quick"]);
    await local.shows(({ ended }) => ended.completed === 3);
  });

  it("replays by a filter: a dry run, its plan, a job that is awaited", async () => {
    const dry = await json("dlq", "replay", "--filter", "id:a3,a4", "--dry-run");
    expect(dry).toMatchObject({ code: 0, document: { matched: 2, tasks: { "things.quick": 2 }, partial: [] } });
    const planned = await json("dlq", "replay", "--filter", "id:a3,a4", "--plan", dry.document.plan, "--yes");
    expect(planned).toMatchObject({ code: 0, document: { jobs: [{ state: "done", matched: 2, done: 2 }] } });
    const other = await ask("dlq", "replay", "--filter", "id:a5", "--plan", dry.document.plan, "--yes");
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("was made for another") });
    expect((await ask("dlq", "replay", "--filter", "id:a5", "--plan", "nonsense", "--yes")).code).toBe(1);
    expect((await ask("jobs", "list")).out).toMatch(/id:a3,a4 +\w+ +ReplayLetters +done/);
  });

  it("purges by a filter only with --yes where nobody can be asked", async () => {
    const refused = await ask("dlq", "purge", "--task", "things.quick");
    expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringContaining("3 dead letters match") });
    const done = await ask("dlq", "purge", "--task", "things.quick", "--yes", "--reason", "obsolete");
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^job [0-9a-f]+: done; 3 of 3 matched, 3 done\n$/),
    });
    expect(await ask("dlq", "list")).toMatchObject({ code: 3, err: expect.stringContaining("5 replayed, 3 purged") });
    expect((await ask("dlq", "list", "--state", "purged")).code).toBe(0);
    const { document } = await json("audit", "purgeletters");
    expect(document.rows.map(({ kind }: { readonly kind: string }) => kind)).toEqual(
      expect.arrayContaining(["intent", "result", "job"]),
    );
  });
});
