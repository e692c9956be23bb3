import { afterEach, describe, expect, test } from "vitest";
import { live } from "../../../console/source/data/live.js";
import { applyEvent } from "../../../console/source/data/live-events.js";
import { poolFor, setPool } from "../../../console/source/data/pool.js";

afterEach(() => setPool(""));

describe("a page that is narrowed to one pool", () => {
  test("asks for lists and figures of that pool, and for what has an id or is declared wherever it is", () => {
    expect(poolFor("activations")).toBeUndefined();
    setPool("test/default");
    for (const path of [
      "activations",
      "ends",
      "dead-letters",
      "dead-letters/work-dlq/0/1",
      "workers",
      "jobs",
      "series",
    ])
      expect([path, poolFor(path)]).toEqual([path, "test/default"]);
    for (const path of ["session", "pools", "tasks", "schedules", "schedules/a.b/run", "activations/1f", "send"])
      expect([path, poolFor(path)]).toEqual([path, undefined]);
  });

  test("changes by a filter, pauses and kills what that pool has, and by an id what the id names", () => {
    setPool("test/default");
    expect(poolFor("activations/cancel", { q: "task:a", dryRun: true })).toBe("test/default");
    expect(poolFor("activations/cancel", { ids: ["1f"] })).toBeUndefined();
    expect(poolFor("dead-letters/purge", { q: "" })).toBe("test/default");
    expect(poolFor("pause", { kind: "task", subject: "a" })).toBe("test/default");
  });

  test("forgets what it knew of another pool, and leaves out a broker that serves another one", () => {
    const status = (broker: string) =>
      applyEvent({ name: "status", data: { broker, at: "2026-11-28T01:41:07.000Z", part: { pool: "p" } } });
    status("a:1");
    setPool("test/p");
    expect(live.brokers.value).toEqual([]);
    status("a:1");
    status("b:1");
    applyEvent({ name: "pools", data: { pools: [{ name: "test/p", brokers: ["b:1"] }] } });
    expect(live.brokers.value.map(({ broker }) => broker)).toEqual(["b:1"]);
  });
});
