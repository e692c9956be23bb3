import { expect, it } from "vitest";
import { isSamePress } from "#runtime/cli/signals.js";

const pressed = (signal: NodeJS.Signals, at: number) => ({ signal, at });

it("a second SIGINT within 300 ms is npm's echo of the same Ctrl-C; a later one is a second press", () => {
  expect(isSamePress(pressed("SIGINT", 1000), pressed("SIGINT", 1299))).toBe(true);
  expect(isSamePress(pressed("SIGINT", 1000), pressed("SIGINT", 1300))).toBe(false);
});

it("a signal of the other kind within a second is pnpm's echo of the same Ctrl-C, whichever comes first", () => {
  expect(isSamePress(pressed("SIGINT", 1000), pressed("SIGTERM", 1999))).toBe(true);
  expect(isSamePress(pressed("SIGTERM", 1000), pressed("SIGINT", 1999))).toBe(true);
  expect(isSamePress(pressed("SIGINT", 1000), pressed("SIGTERM", 2000))).toBe(false);
});

it("a second SIGTERM is a second one at any time: no key sends it", () => {
  expect(isSamePress(pressed("SIGTERM", 1000), pressed("SIGTERM", 1001))).toBe(false);
});
