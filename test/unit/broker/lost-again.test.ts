import { describe, expect, it } from "vitest";
import { LostAgain } from "#runtime/broker/inflight/counts/lost-again.js";

const names = { application: "app", namespace: "issues", task: "issues.close" };
const loss = (id: string, times: number, at: number) => ({ id, ...names, times, error: `loss ${times}`, at });

describe("activations that are lost again and again", () => {
  it("are known from their second loss on, the last one first", () => {
    const lost = new LostAgain();
    lost.lost(loss("a", 1, 0));
    lost.lost(loss("b", 2, 1));
    lost.lost(loss("c", 2, 2));
    lost.lost(loss("b", 3, 3));
    expect(lost.at(4).map(({ id, times, error }) => [id, times, error])).toEqual([
      ["b", 3, "loss 3"],
      ["c", 2, "loss 2"],
    ]);
  });

  it("are forgotten when they complete after all, and keep how else they ended", () => {
    const lost = new LostAgain();
    for (const id of ["a", "b", "c"]) lost.lost(loss(id, 2, 0));
    lost.ended("a", "completed");
    lost.ended("b", "cancelled");
    lost.ended("never lost", "cancelled");
    expect(lost.at(1).map(({ id, end }) => [id, end])).toEqual([
      ["c", undefined],
      ["b", "cancelled"],
    ]);
  });

  it("are 64 at most, and for 15 minutes after the last loss", () => {
    const lost = new LostAgain();
    for (let n = 0; n < 1000; n += 1) lost.lost(loss(`a${n}`, 2, n));
    expect(lost.at(1000).map(({ id }) => id)).toEqual(Array.from({ length: 64 }, (_, at) => `a${999 - at}`));
    expect(lost.at(900_000 + 990).length).toBe(9);
    expect(lost.at(900_000 + 999)).toEqual([]);
  });
});
