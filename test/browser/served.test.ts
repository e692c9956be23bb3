import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bed } from "../support/browser/bed.js";
import { chromiumPath, launchChromium } from "../support/browser/chromium.js";
import { visit } from "../support/browser/visit.js";

describe.skipIf(chromiumPath() === undefined)("the console in a browser", () => {
  let bed: Bed;
  let browser: Browser;

  beforeAll(async () => {
    bed = await Bed.start();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await bed?.stop();
  });

  test.each(["/", "/ops/"])("the console runs under the path %s without a fault", async (prefix) => {
    const { page, context, faults } = await visit(browser, bed.stand(prefix, "full"), "");
    await expect.poll(() => page.locator("h1").count()).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });
});
