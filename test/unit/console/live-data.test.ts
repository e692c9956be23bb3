import { beforeEach, describe, expect, test } from "vitest";
import type { JoinedSeries } from "#runtime/operations/documents/front.js";
import type { Status } from "#runtime/operations/status/document.js";
import { live } from "../../../console/source/data/live.js";
import { applyEvent } from "../../../console/source/data/live-events.js";
import { withPoints } from "../../../console/source/data/points.js";

function points(seconds: readonly number[], names: Record<string, (number | null)[]>): JoinedSeries {
  const at = seconds.map((each) => new Date(each * 1000).toISOString());
  return { step: 5, at, broker: names, tasks: [], worst: [], partial: [] };
}

function status(broker: string, part: Partial<Status>) {
  applyEvent({ name: "status", data: { broker, at: "2026-11-28T01:41:07.000Z", part } });
}

describe("what the server sends by itself", () => {
  beforeEach(() => {
    live.brokers.value = [];
    live.news.value = undefined;
    live.points.value = undefined;
  });

  test("changed parts of a status replace these parts, and the others stay", () => {
    status("b:1", { pool: "p", oldestPending: 5 });
    status("a:1", { pool: "q" });
    status("b:1", { oldestPending: null });
    expect(
      live.brokers.value.map(({ broker, status: { pool, oldestPending } }) => ({ broker, pool, oldestPending })),
    ).toEqual([
      { broker: "a:1", pool: "q", oldestPending: undefined },
      { broker: "b:1", pool: "p", oldestPending: null },
    ]);
  });

  test("counts of news begin again with a stream that was not resumed", () => {
    applyEvent({ name: "news", data: { ended: 5, failed: 1, letters: 0 } });
    applyEvent({ name: "opened", data: { resumed: true, refresh: 1000 } });
    expect(live.news.value?.ended).toBe(5);
    applyEvent({ name: "opened", data: { resumed: false, refresh: 1000 } });
    expect(live.news.value).toBeUndefined();
  });

  test("points that are sent again are kept once, and an hour at most is kept", () => {
    const first = points([0, 5, 10], { pending: [1, 2, 3] });
    const joined = withPoints(first, points([5, 10, 15], { pending: [9, 9, 4], lag: [0, 0, 7] }));
    expect(joined.broker).toEqual({ pending: [1, 2, 3, 4], lag: [null, null, null, 7] });
    expect(joined.at).toHaveLength(4);
    expect(withPoints(joined, first)).toBe(joined);
    let hours = joined;
    for (let second = 20; second < 8 * 3600; second += 5) hours = withPoints(hours, points([second], { pending: [1] }));
    expect([hours.at.length, hours.broker.pending?.length]).toEqual([720, 720]);
  });
});
