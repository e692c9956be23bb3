import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Bed, type BedState, NIGHT, STATES } from "./bed.js";
import { launchChromium } from "./chromium.js";

/*
 * node dist/test/support/browser/pictures.js FOLDER PATH... [--state=full] [--wide] [--light] [--long]: PNG files of screens of the console, at 360,
 * 768 and 1280 px, light and dark, with the data and the clock of the tests. --wide: only 1280. --light: only light.
 * --long: all of the page, not only what a window shows.
 */
const args = process.argv.slice(2);
const [folder, ...paths] = args.filter((arg) => !arg.startsWith("--"));
if (folder === undefined) {
  process.stderr.write("usage: pictures.js FOLDER PATH... [--state=full] [--wide] [--light] [--long]\n");
  process.exit(2);
}
const state: BedState = STATES.find((each) => args.includes(`--state=${each}`)) ?? "full";
const widths = args.includes("--wide") ? [1280] : [360, 768, 1280];
const schemes = args.includes("--light") ? (["light"] as const) : (["light", "dark"] as const);

mkdirSync(folder, { recursive: true });
const bed = await Bed.start();
const stand = bed.stand("/ops/", state);
const browser = await launchChromium();
for (const path of paths.length === 0 ? [""] : paths) {
  for (const width of widths) {
    for (const colorScheme of schemes) {
      const page = await browser.newPage({ viewport: { width, height: width < 500 ? 780 : 900 }, colorScheme });
      page.on("console", (message) => process.stderr.write(`${message.type()}: ${message.text()}\n`));
      page.on("pageerror", (error) => process.stderr.write(`error: ${error.stack ?? error.message}\n`));
      await page.clock.setFixedTime(NIGHT);
      await page.goto(stand.address + path.replace(/^\//, ""));
      // The stream never ends, so that the network is never idle: the page is still when nothing changed for a moment.
      await page.waitForTimeout(1200);
      const name = `${path.replaceAll(/[^a-z0-9]+/gi, "-").replaceAll(/^-|-$/g, "") || "overview"}-${state}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(folder, name), fullPage: args.includes("--long") });
      process.stdout.write(`${join(folder, name)}\n`);
      await page.close();
    }
  }
}
await browser.close();
await bed.stop();
