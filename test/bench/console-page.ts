import { Bed } from "../support/browser/bed.js";
import { chromiumPath, launchChromium } from "../support/browser/chromium.js";
import { visit } from "../support/browser/visit.js";

const RUNS = 15;

/** A page of the console with 100 rows, over loopback, in a browser without any cache: median and worst of some runs. */
export async function consolePage(): Promise<object> {
  if (chromiumPath() === undefined) return { skipped: "chromium is not on the PATH" };
  const bed = await Bed.start();
  const browser = await launchChromium();
  const paints: number[] = [];
  const rows: number[] = [];
  try {
    // The first one compresses the files, as the server does once.
    for (let run = 0; run <= RUNS; run++) {
      const stand = bed.stand("/ops/", "full");
      const { page, context } = await visit(browser, stand, "activations", { fixedClock: false });
      await page.locator("main table tbody tr").nth(99).waitFor();
      const [paint, row] = await page.evaluate<[number, number]>(`[
        performance.getEntriesByName("first-contentful-paint")[0].startTime,
        Math.max(...performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/v1/activations")).map(({ responseEnd }) => responseEnd)),
      ]`);
      if (run > 0) {
        paints.push(paint);
        rows.push(row);
      }
      await context.close();
    }
  } finally {
    await browser.close();
    await bed.stop();
  }
  return { runs: RUNS, "first paint ms": summary(paints), "first data ms": summary(rows) };
}

function summary(values: readonly number[]): object {
  const sorted = [...values].sort((a, b) => a - b).map(Math.round);
  return { median: sorted[Math.floor(sorted.length / 2)], worst: sorted.at(-1) };
}
