import { describe, expect, it } from "vitest";
import { closeInOrder, closeTogether } from "#runtime/base/closing.js";
import { silentLogger } from "#runtime/base/logger.js";

describe.each([
  ["one after another", closeInOrder],
  ["together", closeTogether],
])("what is closed %s", (_, close) => {
  it("is closed whatever fails; the first error is thrown, the others are logged", async () => {
    const closed: string[] = [];
    const logged: unknown[] = [];
    const logger = { ...silentLogger, error: (_: string, fields: object = {}) => void logged.push(fields) };
    const closers = [
      () => void closed.push("one"),
      () => {
        throw new Error("first");
      },
      async () => void closed.push("two"),
      async () => {
        throw new Error("second");
      },
      () => void closed.push("three"),
    ];
    await expect(close(closers, logger)).rejects.toThrow("first");
    expect([closed, logged]).toEqual([["one", "two", "three"], [{ error: "second" }]]);
  });

  it("throws nothing when nothing failed", async () => {
    await close([() => {}, async () => {}], silentLogger);
  });
});
