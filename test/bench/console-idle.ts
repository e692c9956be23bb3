import { setTimeout as wait } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { Bed } from "../support/browser/bed.js";
import { chromiumPath, launchChromium } from "../support/browser/chromium.js";
import { visit } from "../support/browser/visit.js";
import { atMost } from "./budgets.js";

/** What compiles and fills a page is over after this time, milliseconds. */
const WARM_MS = 10_000;
const WATCHED_MS = 30_000;
const PATHS = ["", "tasks", "activations"] as const;

/**
 * The processor time of an open page that nobody touches, while its brokers send what changes at a quiet system and at one
 * at work, each second: percent of one core, of the page's process and of the whole browser, drawing included.
 */
export async function consoleIdle(): Promise<object> {
  if (chromiumPath() === undefined) return { skipped: "chromium is not on the PATH" };
  const figures: Record<string, Percent> = {};
  for (const moving of [false, true]) {
    const bed = await Bed.start({ moving, now: Date.now });
    try {
      for (const path of PATHS) figures[`/${path}, ${moving ? "at work" : "quiet"}`] = await watched(bed, path);
    } finally {
      await bed.stop();
    }
  }
  const worst = (when: string) =>
    Math.max(...Object.entries(figures).map(([name, { page }]) => (name.endsWith(when) ? page : 0)));
  return {
    unit: "percent of one core",
    ...figures,
    budgets: [
      atMost("open page of the console, quiet system, of one core", worst("quiet"), 2, "%"),
      atMost("open page of the console, system at work, of one core", worst("at work"), 2, "%"),
    ],
  };
}

interface Percent {
  readonly page: number;
  readonly browser: number;
}

async function watched(bed: Bed, path: string): Promise<Percent> {
  const browser = await launchChromium();
  try {
    await visit(browser, bed.stand("/ops/", "full"), path, { fixedClock: false });
    await wait(WARM_MS);
    const before = await processorTime(browser);
    const from = performance.now();
    await wait(WATCHED_MS);
    const after = await processorTime(browser);
    const percent = (seconds: number) => Math.round((seconds * 1e6) / (performance.now() - from)) / 10;
    return { page: percent(after.page - before.page), browser: percent(after.browser - before.browser) };
  } finally {
    await browser.close();
  }
}

/** Seconds so far. */
async function processorTime(browser: Browser): Promise<{ readonly page: number; readonly browser: number }> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const seconds = (type: string) =>
    processInfo.reduce((sum, one) => sum + (type === "" || one.type === type ? one.cpuTime : 0), 0);
  return { page: seconds("renderer"), browser: seconds("") };
}
