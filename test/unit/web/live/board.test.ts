import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JoinedSeries } from "#runtime/operations/documents/front.js";
import { Board } from "#runtime/web/live/board.js";
import { TOPICS, type Topic } from "#runtime/web/live/listening.js";
import { statusWith } from "../../../support/status.js";
import { eventsIn, Shown } from "../../../support/web/events.js";

const ALL: ReadonlySet<Topic> = new Set(TOPICS);
const AT = "2026-11-30T12:00:00.000Z";

const point = (at: string): JoinedSeries => ({ step: 5, at: [at], broker: {}, tasks: [], worst: [], partial: [] });

describe("the board of a console", () => {
  it("gives a listener only the parts that have changed since its version", () => {
    const board = new Board();
    board.status("a:1", AT, statusWith({ heldFetches: 1 }));
    board.commit();
    const [first] = eventsIn(board.since(0, ALL));
    expect(first?.data).toMatchObject({ broker: "a:1", part: { heldFetches: 1, pool: "default" } });
    board.status("a:1", AT, statusWith({ heldFetches: 2 }));
    board.commit();
    const changed = eventsIn(board.since(1, ALL));
    expect(changed.map(({ data }) => data)).toEqual([{ broker: "a:1", at: AT, part: { heldFetches: 2 } }]);
    board.status("a:1", AT, statusWith({ heldFetches: 2 }));
    board.commit();
    expect(board.since(2, ALL)).toBeUndefined();
  });

  it("shows every listener the same in the end, whenever it looks, leaves and comes back", () => {
    const change = fc.oneof(
      fc.record({
        kind: fc.constant("status" as const),
        broker: fc.constantFrom("a", "b"),
        held: fc.nat(3),
        skew: fc.nat(3),
      }),
      fc.record({ kind: fc.constant("news" as const), ended: fc.nat(5) }),
      fc.record({ kind: fc.constant("look" as const), listener: fc.nat(2) }),
      fc.record({ kind: fc.constant("leave" as const), listener: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const board = new Board();
        const listeners = [new Shown(), new Shown(), new Shown()];
        const look = (shown: Shown) => {
          shown.take(board.since(shown.version, ALL));
          shown.version = board.version;
        };
        for (const each of changes) {
          if (each.kind === "status")
            board.status(each.broker, AT, statusWith({ heldFetches: each.held, clockSkew: each.skew }));
          else if (each.kind === "news") board.document("news", { ended: each.ended, failed: 0, letters: 0 });
          else if (each.kind === "look") look(listeners[each.listener] ?? new Shown());
          else {
            const shown = listeners[each.listener] ?? new Shown();
            shown.version = board.versionOf(shown.id) ?? 0;
          }
          board.commit();
        }
        const fresh = new Shown();
        for (const each of [...listeners, fresh]) look(each);
        for (const each of listeners) expect(each.state).toEqual(fresh.state);
      }),
    );
  });

  it("has ids only at the end of an update, so that half an update is sent again", () => {
    const board = new Board();
    board.status("a:1", AT, statusWith());
    board.status("b:1", AT, statusWith());
    board.document("news", { ended: 0, failed: 0, letters: 0 });
    board.commit();
    expect(eventsIn(board.since(0, ALL)).map(({ id }) => id !== undefined)).toEqual([false, false, true]);
  });

  it("keeps points for a minute, and does not resume a listener that misses some", () => {
    const board = new Board();
    board.points(point("1"), 0);
    board.commit();
    const [early] = eventsIn(board.since(0, ALL));
    board.points(point("2"), 30_000);
    board.commit();
    expect(board.versionOf(early?.id ?? "")).toBe(1);
    expect(eventsIn(board.since(1, ALL)).map(({ data }) => data)).toEqual([point("2")]);
    const late = eventsIn(board.since(0, ALL)).at(-1)?.id ?? "";
    for (const [at, now] of [
      ["3", 60_001],
      ["4", 80_000],
    ] as const) {
      board.points(point(at), now);
      board.commit();
    }
    expect(board.versionOf(early?.id ?? "")).toBe(1);
    expect(board.versionOf(late)).toBe(2);
    board.points(point("5"), 120_000);
    board.commit();
    expect(board.versionOf(early?.id ?? "")).toBeUndefined();
    expect(eventsIn(board.since(0, ALL))).toHaveLength(3);
  });

  it("does not know ids of another board, of the future, or made up", () => {
    const board = new Board();
    const other = new Board();
    for (const each of [board, other]) {
      each.document("news", { ended: 0, failed: 0, letters: 0 });
      each.commit();
    }
    const id = eventsIn(board.since(0, ALL)).at(-1)?.id ?? "";
    expect(board.versionOf(id)).toBe(1);
    expect(other.versionOf(id)).toBeUndefined();
    for (const made of [
      "",
      "-",
      id.replace("-1", "-2"),
      id.replace("-1", "--1"),
      id.replace("-1", "-1.5"),
      id.replace("-1", "-x"),
    ])
      expect(board.versionOf(made)).toBeUndefined();
  });
});
