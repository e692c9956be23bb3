import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { Bed, type BedState, type Stand } from "./bed.js";
import { chromiumPath, launchChromium } from "./chromium.js";
import { type Visit, type VisitOptions, visit } from "./visit.js";

interface InBrowser {
  /** A console under a path of its own. */
  stand(state?: BedState, prefix?: string): Stand;
  /** Opens a path; the page is closed when `use` has returned. */
  visit(stand: Stand, path: string, use: (visit: Visit) => Promise<void>, options?: VisitOptions): Promise<void>;
}

/** Tests of the console in Debian's chromium; without it they are skipped. */
export function describeInBrowser(name: string, tests: (inBrowser: InBrowser) => void): void {
  describe.skipIf(chromiumPath() === undefined)(name, () => {
    let bed: Bed | undefined;
    let browser: Browser | undefined;
    let stands = 0;

    beforeAll(async () => {
      bed = await Bed.start();
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await bed?.stop();
    });

    tests({
      stand: (state = "full", prefix) => {
        if (bed === undefined) throw new Error("the bed is not started: call stand in a test");
        stands += 1;
        return bed.stand(prefix ?? `/ops${stands}/`, state);
      },
      visit: async (stand, path, use, options) => {
        if (browser === undefined) throw new Error("chromium is not started: call visit in a test");
        const visited = await visit(browser, stand, path, options);
        try {
          await use(visited);
        } finally {
          await visited.context.close();
        }
      },
    });
  });
}
