import { describe, expect, it } from "vitest";
import { UnreadCalls } from "#runtime/wire/server/unread-calls.js";
import { ManualClock } from "../worker/manual-clock.js";

function calls(limits: { calls?: number; bytes?: number; time?: number }) {
  const clock = new ManualClock();
  const unread = new UnreadCalls({ calls: 100, bytes: 1000, time: 10_000, ...limits }, clock);
  const refused: string[] = [];
  return { clock, unread, refused, begin: (name: string) => unread.begin((limit) => refused.push(`${name} ${limit}`)) };
}

describe("calls whose requests are not complete", () => {
  it("give way when there are too many, the one that takes longest first", () => {
    const { unread, refused, begin } = calls({ calls: 2 });
    begin("half-open");
    begin("honest").end();
    begin("second");
    begin("third");
    expect(refused).toEqual(["half-open calls"]);
    expect(unread.calls).toBe(2);
  });

  it("give way when they hold too many bytes, the oldest that holds any first", () => {
    const { unread, refused, begin } = calls({ bytes: 100 });
    begin("empty");
    const trickling = begin("trickling");
    const honest = begin("honest");
    trickling.received(90);
    honest.received(30);
    expect(refused).toEqual(["trickling bytes"]);
    trickling.received(1000);
    expect(unread.bytes).toBe(30);
    honest.received(300);
    expect(refused).toEqual(["trickling bytes", "honest bytes"]);
    expect(unread).toMatchObject({ calls: 1, bytes: 0 });
  });

  it("are refused when their time is over, and not when they were complete", () => {
    const { clock, unread, refused, begin } = calls({});
    begin("first");
    clock.advance(6000);
    begin("complete").end();
    begin("second");
    clock.advance(4000);
    expect(refused).toEqual(["first time"]);
    clock.advance(6000);
    expect(refused).toEqual(["first time", "second time"]);
    expect(unread).toMatchObject({ calls: 0, bytes: 0 });
  });
});
