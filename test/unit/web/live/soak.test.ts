import { expect, it } from "vitest";
import { soak } from "../../../support/web/soak.js";

it("a console keeps its memory while pages follow it, leave and come back", async () => {
  const { heap, events } = await soak(300, 20);
  const [first = 0] = heap.slice(1);
  expect(events).toBeGreaterThan(1600);
  // Later looks find what the first ones found, up to what the test itself keeps.
  expect(Math.max(...heap.slice(2))).toBeLessThan(first * 1.1 + 2);
});
