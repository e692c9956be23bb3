import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settled } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";
import { SCREENS } from "../support/browser/screens.js";
import { besideEachOther, smallPng } from "../support/browser/small-png.js";
import { ROOT } from "../support/pages/pages.js";

const FOLDER = join(ROOT, "docs/guide/pictures");
/** All of them together: people load the page over a phone, and the repository keeps every version. */
const MOST_BYTES = 600_000;

const pathOf = (name: string) => SCREENS.find((screen) => screen.name === name)?.path ?? "";

interface Picture {
  readonly file: string;
  readonly scheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
  /** Names of screens; several are put beside each other. */
  readonly screens: readonly string[];
}

const PICTURES: readonly Picture[] = [
  { file: "overview.png", scheme: "light", width: 1280, height: 1262, screens: ["Overview"] },
  { file: "dead-letters.png", scheme: "dark", width: 1280, height: 760, screens: ["Dead letters"] },
  { file: "activation.png", scheme: "light", width: 1280, height: 860, screens: ["Activation"] },
  { file: "phone.png", scheme: "light", width: 360, height: 740, screens: ["Overview", "Activation", "Dead letters"] },
];

describeInBrowser("the pictures of the guide", ({ stand, visit }) => {
  test.each(PICTURES)("the picture $file is made from the console with fixed data and clock", async (picture) => {
    const made: Buffer[] = [];
    for (const name of picture.screens) {
      await visit(
        stand(),
        pathOf(name),
        async ({ page, faults }) => {
          await page.setViewportSize({ width: picture.width, height: picture.height });
          await settled(page);
          await page.evaluate("document.fonts.ready.then(() => undefined)");
          made.push(await page.screenshot({ animations: "disabled", caret: "hide" }));
          expect(faults).toEqual([]);
        },
        { scheme: picture.scheme },
      );
    }
    const [first = Buffer.alloc(0)] = made;
    const png = made.length === 1 ? smallPng(first) : besideEachOther(made, 24);
    // Fonts and versions of chromium differ between machines, so that only a person decides that a picture is new.
    if (process.env.TASKWIRE_PICTURES === "1") {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(join(FOLDER, picture.file), png);
    }
    const kept = readFileSync(join(FOLDER, picture.file));
    expect([kept.readUInt32BE(16), kept.readUInt32BE(20)]).toEqual([png.readUInt32BE(16), png.readUInt32BE(20)]);
  });

  test("the pictures of the guide are small, and the page shows each", () => {
    const page = readFileSync(join(ROOT, "docs/guide/console.md"), "utf8");
    for (const { file } of PICTURES) expect(page).toContain(`](pictures/${file})`);
    const bytes = PICTURES.reduce((sum, { file }) => sum + readFileSync(join(FOLDER, file)).length, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });
});
