import type { CDPSession, Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Stand } from "../support/browser/bed.js";
import { settled } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";

/** Seconds of a console's life, sent as fast as the page takes them: half an hour, or the eight hours of a shift. */
const SECONDS = process.env.TASKWIRE_SOAK_FULL === "1" ? 28_800 : 1800;
/** Until what the page keeps, an hour of points, is full and its code is compiled: the heap grows by a fifth in that time. */
const WARM = 3600;
const BURST = 50;

/** Bytes of the page's heap after what nothing refers to was collected. */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

/** Sends events of `seconds`; after each burst the page says that it has them. */
async function live(page: Page, { stream, night }: Stand, from: number, seconds: number): Promise<void> {
  const series = night.series([]);
  const [last = ""] = series.at.slice(-1);
  for (let second = from; second < from + seconds; second++) {
    for (const { broker, status } of night.statuses.brokers) {
      const counts = { ...status.counts, pending: status.counts.pending + (second % 97) };
      stream.send("status", { broker, at: last, part: { counts, tasks: status.tasks, sessions: status.sessions } });
    }
    stream.send("news", { ended: second * 170, failed: second, letters: 214 + (second % 5) });
    if (second % 5 === 0) {
      const at = new Date(Date.parse(last) + second * 1000).toISOString();
      const points = Object.entries(series.broker).map(
        ([name, values]) => [name, [(values[0] ?? 0) + (second % 13)]] as const,
      );
      stream.send("points", { ...series, at: [at], broker: Object.fromEntries(points) });
    }
    if (second % BURST !== BURST - 1) continue;
    const mark = `soak ${second}`;
    stream.send("missing", { partial: [{ broker: "nobody", code: "unreachable", message: mark }] });
    await page.getByText(mark).first().waitFor();
  }
}

describeInBrowser("the memory of the console", ({ stand, visit }) => {
  test.each(["", "tasks", "workers"])(
    "the heap of a page at /%s is as large after a long time of events as before",
    async (path) => {
      const full = stand();
      await visit(full, path, async ({ page, context, faults }) => {
        await settled(page);
        await expect.poll(() => full.stream.listeners).toBe(1);
        const session = await context.newCDPSession(page);
        await session.send("HeapProfiler.enable");
        await live(page, full, 0, WARM);
        const before = await heapOf(session);
        await live(page, full, WARM, SECONDS);
        const after = await heapOf(session);
        expect(after / before).toBeLessThan(1.1);
        expect(faults).toEqual([]);
      });
    },
    900_000,
  );
});
