import { describe, expect, it } from "vitest";
import { AXES } from "../../bench/growth/axes.js";
import { chartOf, type Growth, section } from "../../bench/growth/page.js";
import { pageText } from "../../support/pages/pages.js";

const growth: Growth = {
  date: "2026-11-30",
  machine: { node: "v20", processors: 2, model: "CPU", memoryGiB: 24, linux: "Linux", load: 0, fsyncMs: 1 },
  rounds: 3,
  id: "tasks",
  name: "tasks of the application",
  costs: [
    ["1", [20, 22, 21].map((broker) => ({ broker, worker: 30 }))],
    ["1,000", [20, 22, 21].map((broker) => ({ broker, worker: 45 }))],
  ],
};

describe("the costs along an axis of growth", () => {
  it("are a table with the median and range of each place, and a chart of both processes", () => {
    const page = section(growth, "performance/growth-tasks.svg");
    expect(page).toContain("| tasks of the application | broker, µs | workers, µs |");
    expect(page).toContain("| 1,000 | 21 (20-22) | 45 |");
    expect(page).toContain("![Cost of an activation by tasks of the application](performance/growth-tasks.svg)");
    expect(chartOf(growth)).toContain("<desc>broker: 1 21, 1,000 21. workers: 1 30, 1,000 45</desc>");
  });

  it("each have a section of docs/reference/performance.md, which names the command that writes it", () => {
    const page = pageText("docs/reference/performance.md");
    for (const { id } of AXES) expect(page).toContain(`<!-- growth ${id} -->`);
    expect(page).toContain("npm run bench -- growth --write");
    expect(page).toContain("<!-- peers -->");
  });

  it("measure at least one burst at each place, and ask the embedded log for no second partition", () => {
    for (const { places } of AXES) {
      for (const [, { burst, measured, partitions, cluster }] of places) {
        expect(measured).toBeGreaterThanOrEqual(burst);
        expect(partitions > 1 && cluster === "embedded").toBe(false);
      }
    }
  });
});
