import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LogFields, type Logger, silentLogger } from "#runtime/base/logger.js";
import { AuditLog } from "#runtime/broker/operations/audit/audit-log.js";
import { audited, lineOfJob } from "#runtime/broker/operations/audit/audited.js";
import { auditVerb } from "#runtime/broker/operations/audit/verb.js";
import type { AuditDocument, AuditLine } from "#runtime/operations/documents/audit.js";
import { OperationError } from "#runtime/operations/errors.js";
import type { Verb } from "#runtime/operations/verb.js";
import { SkippingClock } from "../../support/skipping-clock.js";

let folder = "";
let file = "";
const logs: AuditLog[] = [];
const clock = new SkippingClock();
const caller = { actor: "ada", signal: new AbortController().signal };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-audit-"));
  file = join(folder, "default.audit.log");
});

afterEach(async () => {
  for (const log of logs.splice(0)) await log.close();
  rmSync(folder, { recursive: true, force: true });
});

function opened(largest?: number, logger: Logger = silentLogger): AuditLog {
  const log = new AuditLog(file, logger, largest);
  logs.push(log);
  return log;
}

const FACTS = { time: "2026-11-30T10:00:00.000Z", pool: "default", verb: "Pause", actor: "ada" } as const;

function line(call: string): AuditLine {
  return { ...FACTS, kind: "result", call, counts: {} };
}

async function page(request: object = {}): Promise<AuditDocument> {
  const answer = await auditVerb(file).run(request, caller);
  // The verb's own type.
  return JSON.parse(JSON.stringify(answer));
}

const calls = ({ lines }: AuditDocument) => lines.map((each) => ("call" in each ? each.call : each.job));

describe("the audit log", () => {
  it("has each line on disk when its write resolves, also of many writes at once", async () => {
    const log = opened();
    const names = Array.from({ length: 50 }, (_, index) => `c${index}`);
    await Promise.all(
      names.map(async (name) => {
        await log.write(line(name));
        expect(readFileSync(file, "utf8")).toContain(`"call":"${name}"`);
      }),
    );
    expect(calls(await page())).toEqual(names.reverse());
    expect(log.problem).toBeUndefined();
  });

  it("begins a new line after one that a kill has cut, which readers pass over", async () => {
    appendFileSync(file, `${JSON.stringify(line("c1"))}\n{"time":"2026-`);
    const log = opened();
    await log.write(line("c2"));
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(4);
    expect(calls(await page())).toEqual(["c2", "c1"]);
  });

  it("keeps five files, and pages go through all of them, also when a file is renamed between two pages", async () => {
    const size = JSON.stringify(line("c100")).length + 1;
    const log = opened(10 * size);
    for (let number = 100; number < 180; number++) await log.write(line(`c${number}`));
    expect(readdirSync(folder).sort()).toEqual(["", ".1", ".2", ".3", ".4"].map((age) => `default.audit.log${age}`));
    const first = await page({ limit: 7 });
    expect(calls(first)).toEqual(Array.from({ length: 7 }, (_, index) => `c${179 - index}`));
    const seen = [...calls(first)];
    // The next line begins a new file, and the cursor's file gets another name.
    await log.write(line("c180"));
    for (let next = first.next; next !== null; ) {
      const further = await page({ limit: 7, cursor: next });
      seen.push(...calls(further));
      next = further.next;
    }
    // The oldest file has been dropped by then.
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => `c${179 - index}`));
  });

  it("finds lines that contain all words, in any case, and pages through them", async () => {
    const log = opened();
    for (let number = 0; number < 30; number++)
      await log.write({ ...line(`c${number}`), actor: number % 3 === 0 ? "Grace" : "ada" });
    const first = await page({ q: "grace  PAUSE", limit: 4 });
    expect(calls(first)).toEqual(["c27", "c24", "c21", "c18"]);
    expect(calls(await page({ q: "grace pause", limit: 100, cursor: first.next }))).toEqual([
      "c15",
      "c12",
      "c9",
      "c6",
      "c3",
      "c0",
    ]);
    expect(await page({ q: "nobody" })).toEqual({ lines: [], next: null });
  });

  it("reads lines that are longer than a block", async () => {
    const log = opened();
    await log.write(line("c1"));
    const ids = Array.from({ length: 1000 }, (_, index) => `${index}`.padEnd(128, "x"));
    const long: AuditLine = {
      ...FACTS,
      call: "c2",
      kind: "intent",
      role: "operate",
      address: "",
      reason: "",
      request: { ids },
    };
    await log.write(long);
    await log.write(line("c3"));
    const { lines } = await page();
    expect(lines.map((each) => ("call" in each ? each.call : ""))).toEqual(["c3", "c2", "c1"]);
    expect(lines[1]).toEqual(long);
  });

  it("is empty before the first line, and refuses a cursor that is none of its own", async () => {
    expect(await page()).toEqual({ lines: [], next: null });
    await expect(page({ cursor: "x" })).rejects.toMatchObject({ code: "bad_cursor", field: "cursor" });
    await expect(page({ limit: 1001 })).rejects.toMatchObject({ code: "bad_parameter", field: "limit" });
  });

  it("that cannot be written sends its lines to the logger, says so, and writes again when it can", async () => {
    mkdirSync(file);
    const said: [string, LogFields | undefined][] = [];
    const logger = {
      ...silentLogger,
      info: (message: string, fields?: LogFields) => void said.push([message, fields]),
    };
    const log = opened(undefined, logger);
    await log.write(line("c1"));
    expect(said).toEqual([["audit", line("c1")]]);
    expect(log.problem).toContain("EISDIR");
    rmSync(file, { recursive: true });
    await log.write(line("c2"));
    expect(log.problem).toBeUndefined();
    expect(calls(await page())).toEqual(["c2"]);
  });
});

describe("a verb under audit", () => {
  const lines: AuditLine[] = [];
  const log = { write: async (each: AuditLine) => void lines.push(each) };
  const run = (verb: Verb, request: unknown) =>
    audited({ log, pool: "default", clock }, { verb, role: "operate", address: "10.0.0.7:4711" }, request, caller);
  beforeEach(() => void lines.splice(0));

  it("acts between an intent and a result with its counts", async () => {
    const verb: Verb = {
      name: "Cancel",
      run: async () => {
        expect(lines.map(({ kind }) => kind)).toEqual(["intent"]);
        return {
          done: 2,
          dryRun: false,
          leftOut: { too_late: 1, why: "text" },
          results: ["a"],
          job: { id: "j1" },
          note: "text",
        };
      },
    };
    await run(verb, { ids: ["a", "b", "c"], reason: "wrong deploy", parameters: { password: "secret-1" } });
    expect(lines).toMatchObject([
      {
        kind: "intent",
        pool: "default",
        verb: "Cancel",
        actor: "ada",
        role: "operate",
        address: "10.0.0.7:4711",
        reason: "wrong deploy",
        request: { ids: ["a", "b", "c"], others: ["parameters"] },
      },
      { kind: "result", counts: { done: 2, dryRun: false, leftOut: { too_late: 1 }, job: "j1" } },
    ]);
    const [intent, result] = lines;
    expect(intent !== undefined && "call" in intent && intent.call).toBe(
      result !== undefined && "call" in result && result.call,
    );
    expect(JSON.stringify(lines)).not.toContain("secret-1");
    expect(JSON.stringify(lines)).not.toContain("text");
  });

  it("that is refused leaves a result with the refusal", async () => {
    const refusal = new OperationError("conflict", "plan_outgrown", "far more match");
    await expect(run({ name: "Purge", run: () => Promise.reject(refusal) }, null)).rejects.toBe(refusal);
    expect(lines[1]).toMatchObject({
      kind: "result",
      counts: {},
      refused: { code: "plan_outgrown", message: "far more match" },
    });
  });

  it("writes bounded lines, however large the request", async () => {
    const ids = Array.from({ length: 5000 }, () => "x".repeat(10_000));
    const names = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`name-${index}`, index]));
    await run({ name: "Cancel", run: async () => ({}) }, { ids, reason: "r".repeat(100_000), ...names });
    expect(JSON.stringify(lines).length).toBeLessThan(200_000);
  });

  it("that started a job has a line of its own at the job's end", () => {
    const job = {
      id: "j1",
      verb: "Purge",
      state: "done",
      actor: "ada",
      filter: "task:a",
      reason: "",
      startedAt: "",
      endedAt: null,
      total: null,
      matched: 3,
      done: 2,
      asked: 0,
      leftOut: { running: 1 },
      error: "",
    } as const;
    expect(lineOfJob({ pool: "default", clock }, job)).toMatchObject({
      kind: "job",
      job: "j1",
      state: "done",
      counts: { matched: 3, done: 2, asked: 0, leftOut: { running: 1 } },
    });
  });
});
