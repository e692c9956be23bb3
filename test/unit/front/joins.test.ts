import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskwireError } from "#runtime/base/errors.js";
import type { Asked } from "#runtime/front/front.js";
import { joinErrors } from "#runtime/front/join/errors.js";
import { joinJobs } from "#runtime/front/join/jobs.js";
import { joinProblems } from "#runtime/front/join/problems.js";
import { joinStatuses } from "#runtime/front/join/statuses.js";
import type { ErrorGroupDocument, ErrorsDocument } from "#runtime/operations/documents/errors.js";
import type { JobDocument } from "#runtime/operations/documents/jobs.js";
import { OperationError } from "#runtime/operations/errors.js";
import { healthyWith } from "../operations/diagnose/fixtures.js";

const SILENT = { broker: "s:1", error: new TaskwireError("broker_unreachable", "no answer from s:1; is it running?") };
const FORBIDDEN = { broker: "f:1", error: new OperationError("forbidden", "forbidden", "signed by no operator") };

function asked<T>(documents: readonly T[], others: Partial<Asked<T>> = {}): Asked<T> {
  const answers = documents.map((document, index) => ({
    broker: `b${index}:1`,
    document,
    activation: new Uint8Array(),
  }));
  return { answers, partial: [], refused: [], ...others };
}

function group(fingerprint: string, changes: Partial<ErrorGroupDocument> = {}): ErrorGroupDocument {
  return {
    fingerprint,
    application: "a",
    namespace: "n",
    task: "n.t",
    reason: "error",
    error: "Error: it broke",
    frame: "",
    count: 1,
    firstSeen: "2026-11-30T12:00:00.000Z",
    lastSeen: "2026-11-30T12:10:00.000Z",
    ids: ["1"],
    perMinute: [0, 1],
    ...changes,
  };
}

function errors(groups: readonly ErrorGroupDocument[], changes: Partial<ErrorsDocument> = {}): ErrorsDocument {
  return { groups, matched: groups.length, ungrouped: 0, since: "2026-11-30T11:00:00.000Z", ...changes };
}

function job(id: string, startedAt: string): JobDocument {
  return {
    id,
    verb: "Cancel",
    state: "running",
    actor: "ada",
    filter: "",
    reason: "",
    startedAt,
    endedAt: null,
    total: null,
    matched: 0,
    done: 0,
    asked: 0,
    leftOut: {},
    error: "",
  };
}

describe("a joined document", () => {
  it("names brokers that are silent and those that refuse while others answer", () => {
    const { partial, brokers } = joinStatuses(asked([healthyWith()], { partial: [SILENT], refused: [FORBIDDEN] }));
    expect(brokers.map(({ broker }) => broker)).toEqual(["b0:1"]);
    expect(partial).toEqual([
      { broker: "s:1", code: "broker_unreachable", message: "no answer from s:1; is it running?" },
      { broker: "f:1", code: "forbidden", message: "signed by no operator" },
    ]);
  });

  it("of problems looks at the statuses of all brokers, and names the silent one with its hint", () => {
    const statuses = joinStatuses(asked([healthyWith(), healthyWith()], { partial: [SILENT] }));
    const { findings, summary, partial } = joinProblems(statuses, []);
    expect(findings.map(({ code, broker }) => [code, broker])).toEqual([["broker_silent", "s:1"]]);
    expect(findings[0]).toMatchObject({
      evidence: ["no answer from s:1"],
      hint: expect.stringMatching(/^is it running\?; /),
    });
    expect(summary).toContain("worker");
    expect(partial).toHaveLength(1);
    expect(joinProblems(joinStatuses(asked([healthyWith()])), []).findings).toEqual([]);
  });

  it("of problems names a broker whose status has another form, and looks at the others", () => {
    const other = { ...healthyWith(), sessions: undefined };
    const statuses = joinStatuses(asked([JSON.parse(JSON.stringify(other)), healthyWith()]));
    const { findings, partial } = joinProblems(statuses, []);
    expect(findings.map(({ code, broker }) => [code, broker])).toEqual([["broker_silent", "b0:1"]]);
    expect(partial).toMatchObject([{ broker: "b0:1", code: "answer_unusable" }]);
  });

  it("of jobs has the newest first with its broker", () => {
    const older = job("1", "2026-11-30T12:00:00.000Z");
    const newer = job("2", "2026-11-30T12:00:01.000Z");
    const { jobs } = joinJobs(asked([{ jobs: [older] }, { jobs: [newer] }]));
    expect(jobs.map(({ id, broker }) => [id, broker])).toEqual([
      ["2", "b1:1"],
      ["1", "b0:1"],
    ]);
  });
});

describe("error groups of several brokers", () => {
  it("with one fingerprint and task are one", () => {
    const one = group("f", {
      count: 3,
      ids: ["1", "2", "3"],
      perMinute: [2, 1],
      firstSeen: "2026-11-30T11:30:00.000Z",
    });
    const other = group("f", {
      count: 2,
      ids: ["3", "4", "5", "6"],
      perMinute: [0, 2],
      lastSeen: "2026-11-30T12:20:00.000Z",
      error: "Error: newer",
    });
    const found = joinErrors(
      asked([errors([one]), errors([other], { ungrouped: 7, since: "2026-11-30T11:20:00.000Z" })]),
    );
    expect(found).toMatchObject({ matched: 1, ungrouped: 7, since: "2026-11-30T11:20:00.000Z", partial: [] });
    expect(found.groups).toEqual([
      {
        ...other,
        count: 5,
        ids: ["3", "4", "5", "6", "1"],
        perMinute: [2, 3],
        firstSeen: "2026-11-30T11:30:00.000Z",
      },
    ]);
  });

  it("with one fingerprint of two tasks or two applications stay apart", () => {
    const all = [group("f"), group("f", { task: "n.u" }), group("f", { application: "b" })];
    expect(joinErrors(asked(all.map((each) => errors([each])))).matched).toBe(3);
  });

  it("are counted to the last failed run in any split over brokers, and listed by when they were seen", () => {
    const some = fc.array(
      fc.record({
        fingerprint: fc.constantFrom("f", "g", "h"),
        count: fc.integer({ min: 1, max: 99 }),
        minute: fc.integer({ min: 0, max: 59 }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 4 }), (brokers) => {
        const documents = brokers.map((groups) => {
          const own = new Map(
            groups.map(({ fingerprint, count, minute }) => {
              const lastSeen = `2026-11-30T12:${String(minute).padStart(2, "0")}:00.000Z`;
              return [fingerprint, group(fingerprint, { count, lastSeen })];
            }),
          );
          return errors([...own.values()]);
        });
        const { groups, matched } = joinErrors(asked(documents));
        const listed = documents.flatMap((document) => document.groups);
        for (const { fingerprint, count } of groups)
          expect(count).toBe(
            listed.filter((each) => each.fingerprint === fingerprint).reduce((sum, each) => sum + each.count, 0),
          );
        expect(matched).toBe(new Set(listed.map(({ fingerprint }) => fingerprint)).size);
        expect(groups.map(({ lastSeen }) => lastSeen)).toEqual(
          groups
            .map(({ lastSeen }) => lastSeen)
            .sort()
            .reverse(),
        );
      }),
    );
  });
});
