import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  boundedFactor,
  compareIdentities,
  DynamicSamplingLogState,
  extrapolateMonthlyVolume,
  floatOf,
  GetActiveOrgs,
  MemoryVolumeSource,
  type ProjectTransactions,
  type ProjectTransactionTotals,
  recalibrate,
  Timers,
  zipTransactions,
} from "#runtime/sampling/index.js";

const numRuns = Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 300);
const names = ["a", "b", "c"];

describe("timers", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 0, max: 100 }) }),
    fc.record({
      kind: fc.constantFrom("start" as const, "stop" as const, "read" as const),
      name: fc.constantFrom(...names),
    }),
  );

  test("agree with a list of runs, whatever is started, stopped and read, in any order", () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (steps, from) => {
        let now = from;
        const timers = new Timers(() => now);
        const runs = new Map(names.map((name) => [name, [] as { from: number; to: number | undefined }[]]));
        const expected = (name: string) =>
          (runs.get(name) ?? []).reduce((sum, run) => sum + (run.to ?? now) - run.from, 0);
        for (const each of steps) {
          if (each.kind === "pass") {
            now += each.seconds;
            continue;
          }
          const of = runs.get(each.name) ?? [];
          const last = of.at(-1);
          const running = last !== undefined && last.to === undefined;
          if (each.kind === "start" && !running) of.push({ from: now, to: undefined });
          if (each.kind === "stop" && last !== undefined && running) last.to = now;
          const timer = timers.getTimer(each.name);
          const given = each.kind === "start" ? timer.start() : each.kind === "stop" ? timer.stop() : timer.current();
          expect(given).toBe(expected(each.name));
        }
        for (const name of names) expect(timers.current(name)).toBe(expected(name));
      }),
      { numRuns },
    ));
});

describe("log states", () => {
  const increment = fc.record(
    {
      numRowsTotal: fc.nat(),
      numDbCalls: fc.nat(),
      numIterations: fc.nat(),
      numProjects: fc.nat(),
      numOrgs: fc.nat(),
    },
    { requiredKeys: [] },
  );

  test("the order of increments does not matter, and a dict and back is the same state", () =>
    fc.assert(
      fc.property(fc.array(increment), (increments) => {
        const add = (list: typeof increments) => {
          const state = new DynamicSamplingLogState();
          for (const each of list) state.increment(each);
          return state;
        };
        const state = add(increments);
        expect(add([...increments].reverse()).equals(state)).toBe(true);
        expect(DynamicSamplingLogState.fromDict(state.toDict()).equals(state)).toBe(true);
      }),
      { numRuns },
    ));
});

describe("recalibration", () => {
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  test("what is stored is in 0.1..10 and is never 1; clamping never deletes but for 1", () =>
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 20, noNaN: true }),
        rate,
        rate,
        fc.boolean(),
        (previous, effective, target, clamp) => {
          const step = recalibrate(previous, effective, target, clamp);
          if (step.kind !== "store") {
            if (step.kind === "leave") expect(previous <= 0 || effective === 0).toBe(true);
            return;
          }
          expect(step.factor).not.toBe(1);
          expect(boundedFactor(step.factor)).toBe(step.factor);
        },
      ),
      { numRuns },
    ));

  test("a number written as text reads back to the bit", () =>
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(floatOf(String(number))).toBe(Object.is(number, -0) ? 0 : number);
      }),
      { numRuns },
    ));
});

test("the monthly volume of a window as long as the month is the volume itself", () =>
  fc.assert(
    fc.property(
      fc.nat(),
      fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
      (volume, now) => {
        const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
        const hours = (next - Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)) / 3_600_000;
        expect(extrapolateMonthlyVolume(volume, hours, now)).toBe(volume);
      },
    ),
    { numRuns },
  ));

describe("active organizations", () => {
  test("every organization comes once, ascending; a batch holds its limits but for its last organization", () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(500), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 12 }),
        async (orgs, sizes, maxOrgs, maxProjects) => {
          const source = new MemoryVolumeSource(() => 3_600_000);
          const projects = new Map(orgs.map((orgId, at) => [orgId, sizes[at] ?? 1]));
          for (const [orgId, count] of projects)
            for (let projectId = 0; projectId < count; projectId++)
              source.record([{ measure: "transactions", orgId, projectId, name: "t", at: 1000, total: 1, keep: 0 }]);
          const batches: (readonly number[])[] = [];
          for await (const batch of new GetActiveOrgs(source, { maxOrgs, maxProjects })) batches.push(batch);
          expect(batches.flat()).toEqual([...orgs].sort((a, b) => a - b));
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(maxOrgs);
            const before = batch.slice(0, -1).reduce((sum, orgId) => sum + (projects.get(orgId) ?? 0), 0);
            expect(before).toBeLessThan(maxProjects);
          }
        },
      ),
      { numRuns: Math.ceil(numRuns / 3) },
    ));
});

describe("joining", () => {
  const identity = fc.record({ orgId: fc.integer({ min: 1, max: 3 }), projectId: fc.integer({ min: 1, max: 4 }) });
  const key = ({ orgId, projectId }: { orgId: number; projectId: number }) => `${orgId}/${projectId}`;
  const list = fc
    .uniqueArray(identity, { selector: key, maxLength: 12 })
    .map((identities) => identities.sort(compareIdentities));

  test("agrees with a join by look-up", () =>
    fc.assert(
      fc.asyncProperty(list, list, list, async (all, left, right) => {
        const volumes =
          (side: string) =>
          (each: (typeof all)[number]): ProjectTransactions => ({
            ...each,
            transactionCounts: [
              [`${side}${key(each)}`, 1],
              ["both", side === "l" ? 1 : 2],
            ],
            totalNumTransactions: null,
            totalNumClasses: null,
          });
        const totals: ProjectTransactionTotals[] = all.map((each) => ({
          ...each,
          totalNumTransactions: each.orgId * 10 + each.projectId,
          totalNumClasses: 2,
        }));
        const found: ProjectTransactions[] = [];
        const [lefts, rights] = [left.map(volumes("l")), right.map(volumes("r"))];
        for await (const row of zipTransactions(totals.values(), lefts.values(), rights.values())) found.push(row);
        const keys = [...new Set([...left, ...right].sort(compareIdentities).map(key))];
        expect(found.map(key)).toEqual(keys);
        for (const row of found) {
          const parts = [...lefts, ...rights].filter((each) => key(each) === key(row));
          const merged = new Map(parts.toReversed().flatMap((each) => each.transactionCounts));
          expect(new Map(row.transactionCounts)).toEqual(merged);
          expect(row.totalNumTransactions).toBe(
            totals.find((each) => key(each) === key(row))?.totalNumTransactions ?? null,
          );
        }
      }),
      { numRuns },
    ));
});
