import { describe, expect, it } from "vitest";
import type { SessionStatus } from "#runtime/operations/status/document.js";
import { GONE_MS, gone, MOST_GONE } from "../../../console/source/screens/workers/gone.js";
import { groupsOf, workerFacts } from "../../../console/source/screens/workers/worker-facts.js";
import { sessionWith } from "../../support/status.js";

const at = (broker: string, ...sessions: SessionStatus[]) => ({ broker, sessions, pullClients: [], pushTargets: [] });
const vitals = { busy: 2, unstarted: 0, children: 2, deaths: 0, crashLoop: "", rss: 1, loopLag: 3, age: 1000 };
const about = { host: "app2", pid: 8, version: "0.1.0", isolation: "process" } as const;

describe("the facts of workers in the console", () => {
  it("count the slots of a worker once, and its work on every broker", () => {
    const one = sessionWith({ worker: "w-1", processing: 2, credit: 1, vitals: { ...vitals, age: 4000 } });
    const other = sessionWith({ worker: "w-1", processing: 1, credit: 2, tasks: 3, vitals });
    expect(workerFacts({ brokers: [at("a:1", one), at("b:1", other)] })).toMatchObject([
      { worker: "w-1", slots: 4, processing: 3, credit: 3, tasks: 3, brokers: ["a:1", "b:1"], vitals: { age: 1000 } },
    ]);
  });

  it("name the worst state of its sessions", () => {
    const states = [
      sessionWith({ worker: "a", lost: true, claimsEndIn: 900 }),
      sessionWith({ worker: "b", draining: true, drained: true }),
      sessionWith({ worker: "c", draining: true }),
      sessionWith({ worker: "d", vitals: { ...vitals, crashLoop: "exit 134" } }),
      sessionWith({ worker: "e" }),
    ];
    const facts = workerFacts({ brokers: [at("a:1", ...states), at("b:1", sessionWith({ worker: "a" }))] });
    expect(facts.map(({ worker, state }) => [worker, state])).toEqual([
      ["a", "connected"],
      ["b", "drained"],
      ["c", "draining"],
      ["d", "looping"],
      ["e", "connected"],
    ]);
    expect(facts[0]?.claimsEndIn).toBe(900);
  });

  it("group by application and host, without slots of lost ones", () => {
    const facts = workerFacts({
      brokers: [
        at(
          "a:1",
          sessionWith({ worker: "w-2", about }),
          sessionWith({ worker: "w-1", processing: 3 }),
          sessionWith({ worker: "w-3", lost: true, slots: null, about: null }),
          sessionWith({ worker: "w-4", application: "base" }),
        ),
      ],
    });
    expect(
      groupsOf(facts).map(({ application, hosts, slots, processing, count }) => ({
        application,
        slots,
        processing,
        count,
        hosts: hosts.map(({ host, workers }) => [host, ...workers.map(({ worker }) => worker)]),
      })),
    ).toEqual([
      {
        application: "app",
        slots: 8,
        processing: 3,
        count: 2,
        hosts: [
          ["", "w-3"],
          ["app1", "w-1"],
          ["app2", "w-2"],
        ],
      },
      { application: "base", slots: 4, processing: 0, count: 1, hosts: [["app1", "w-4"]] },
    ]);
  });
});

describe("workers that are gone", () => {
  const w = (worker: string) => ({ worker, application: "app", host: "app1" });
  const look = { now: 1000, complete: true };

  it("stay for ten minutes, and leave earlier when they come back", () => {
    const left = gone([], [w("a"), w("b")], [w("b")], look);
    expect(left).toEqual([{ ...w("a"), at: 1000 }]);
    expect(gone(left, [w("b")], [w("b")], { now: 999 + GONE_MS, complete: true })).toEqual(left);
    expect(gone(left, [w("b")], [w("b")], { now: 1000 + GONE_MS, complete: true })).toEqual([]);
    expect(gone(left, [w("b")], [w("b"), w("a")], { now: 2000, complete: true })).toEqual([]);
  });

  it("are not guessed while a broker is silent", () => {
    expect(gone([], [w("a")], [], { now: 1000, complete: false })).toEqual([]);
  });

  it("are bounded, however many leave", () => {
    const many = Array.from({ length: MOST_GONE + 5 }, (_, n) => w(`w-${n}`));
    expect(gone([], many, [], look)).toHaveLength(MOST_GONE);
  });
});
