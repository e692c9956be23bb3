import { expect, test } from "vitest";
import { expectNoSidewaysScroll, settled } from "../support/browser/checks.js";
import { HOSTILE, hostileNight, hostileParameters } from "../support/browser/hostile.js";
import { describeInBrowser } from "../support/browser/in-browser.js";
import { SCREENS } from "../support/browser/screens.js";

/** What no page may hold, whatever its data are. */
const BREACHES = `[
  ...[...document.querySelectorAll("img, iframe, object, embed, base:not(head > base)")].map((each) => each.outerHTML.slice(0, 100)),
  ...[...document.querySelectorAll("script")].filter((each) => !each.src.includes("/assets/")).map((each) => each.outerHTML.slice(0, 100)),
  ...[...document.querySelectorAll("a[href]")].filter((each) => !/^https?:|^mailto:/.test(each.href)).map((each) => each.href.slice(0, 100)),
  ...(/[\\u0000\\u001b\\u202e]/.test(document.body.innerText) ? ["a control or direction character is in the text"] : []),
  ...("polluted" in {} ? ["Object.prototype was changed"] : []),
]`;

describeInBrowser("hostile data in the console", ({ stand, visit }) => {
  test.each(SCREENS)("hostile text in every field of the screen $name stays text", async ({ path }) => {
    const full = stand();
    full.night = hostileNight();
    await visit(full, path, async ({ page, faults }) => {
      page.on("dialog", (dialog) => {
        faults.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      await settled(page);
      expect(await page.evaluate(BREACHES)).toEqual([]);
      for (const width of [768, 360]) {
        await page.setViewportSize({ width, height: 780 });
        await expectNoSidewaysScroll(page);
      }
      expect(await page.evaluate(BREACHES)).toEqual([]);
      expect(faults).toEqual([]);
    });
  });

  test("parameters with hostile names, 10,000 levels, 10,000 names and a line of 1 MiB can be looked at", async () => {
    const full = stand();
    const row = full.night.activations.row(0);
    full.intercept = (_, path) => {
      if (path !== `activations/${row.id}`) return undefined;
      const { broker, ...activation } = row;
      const facts = { ...activation, atMostOnce: false, deadLetter: true, deadline: 30_000, lostAttempts: 0 };
      const headers = JSON.stringify(Object.fromEntries(HOSTILE.map((text) => [text, text])));
      return `{"partial":[],"broker":${JSON.stringify(broker)},"chain":null,"now":"2026-11-28T01:41:07.000Z","activation":${JSON.stringify(facts)},"content":{"headers":${headers},"parameters":${hostileParameters()}}}`;
    };
    await visit(full, `activations/${row.id}`, async ({ page, faults }) => {
      await settled(page);
      await page.getByText("9007199254740993").first().waitFor();
      expect(await page.evaluate(BREACHES)).toEqual([]);
      expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(10_000);
      await page.setViewportSize({ width: 360, height: 780 });
      await expectNoSidewaysScroll(page);
      expect(faults).toEqual([]);
    });
  });

  test("an address with hostile text opens a page that says what it does not know", async () => {
    const full = stand();
    for (const path of [
      "activations/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
      "tasks/__proto__",
      "tasks/%E2%80%AEx",
      "dead-letters/a/0/%00",
    ]) {
      await visit(full, path, async ({ page, faults }) => {
        await settled(page);
        expect(await page.evaluate(BREACHES)).toEqual([]);
        expect(faults).toEqual([]);
      });
    }
  });
});
