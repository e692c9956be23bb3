import { describe, expect, it } from "vitest";
import { barChart } from "../../bench/report/bars.js";
import { lineChart } from "../../bench/report/lines.js";
import { ticksTo } from "../../bench/report/scale.js";
import { withSection } from "../../bench/report/section.js";
import { table } from "../../bench/report/table.js";

const value = (median: number) => ({ median, min: median * 0.9, max: median * 1.1 });
const numbers = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, found = ""]) => Number(found));

describe("the report of a benchmark", () => {
  it("has a Markdown table whose cells may contain bars", () =>
    expect(table(["a", "b"], [["x|y", "1"]])).toBe("| a | b |\n| --- | --- |\n| x\\|y | 1 |"));

  it("replaces one section of its page and leaves the rest alone", () => {
    const page = "# Page\n<!-- one -->\nold\n<!-- end of one -->\nbetween\n<!-- two -->\nkept\n<!-- end of two -->\n";
    const changed = withSection(page, "one", "new\n");
    expect(changed).toBe(page.replace("old\n", "\nnew\n\n"));
    expect(withSection(changed, "one", "new")).toBe(changed);
    expect(() => withSection(page, "three", "")).toThrow("no section between <!-- three -->");
  });

  it.each([
    [87_000, [0, 20_000, 40_000, 60_000, 80_000, 100_000]],
    [4.4, [0, 1, 2, 3, 4, 5]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0, [0, 1]],
  ])("has scales of round numbers: up to %f", (most, ticks) => expect(ticksTo(most)).toEqual(ticks));

  it("draws bars in proportion, with a whisker over the rounds, and escapes names", () => {
    const bars = [
      { series: 0, name: "ours", value: value(200) },
      { series: 1, name: "A & <B>", value: value(100) },
    ];
    const svg = barChart("Drained", "per second", [{ name: "one process", bars }]);
    const [long = 0, short = 0] = numbers(svg, /class="s\d"[^>]* width="([\d.]+)"/g);
    expect(long / short).toBeCloseTo(2, 1);
    expect(svg.match(/class="whisker"/g)).toHaveLength(6);
    expect(svg).toContain(">A &amp; &lt;B&gt;<");
    expect(svg).toContain("<desc>one process: ours 200, A &amp; &lt;B&gt; 100</desc>");
  });

  it("draws a flat line flat and a rising one rising, in both colour schemes", () => {
    const places = ["1k", "10k", "100k"];
    const svg = lineChart({
      title: "Backlog",
      unit: "µs",
      axis: "activations",
      places,
      lines: [
        { name: "flat", values: places.map(() => value(30)) },
        { name: "rising", values: [value(10), value(20), value(30)] },
      ],
    });
    const lines = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points = ""]) =>
      points.split(" ").map((point) => Number(point.split(",")[1])),
    );
    expect(new Set(lines[0]).size).toBe(1);
    const [first = 0, second = 0, third = 0] = lines[1] ?? [];
    expect(first - second).toBeCloseTo(second - third, 0);
    expect(first).toBeGreaterThan(third);
    expect(svg).toContain("@media (prefers-color-scheme:dark)");
  });

  it("keeps the names of lines apart that end at the same height", () => {
    const lines = ["broker", "worker", "both"].map((name) => ({ name, values: [value(10)] }));
    const svg = lineChart({ title: "x", unit: "µs", axis: "y", places: ["1"], lines });
    const heights = numbers(svg, /y="([\d.]+)" class="small s\d"/g);
    expect(heights).toHaveLength(3);
    const gaps = heights.slice(1).map((height, at) => height - (heights[at] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(14);
  });
});
