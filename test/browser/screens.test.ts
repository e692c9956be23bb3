import { expect, test } from "vitest";
import { expectNoSidewaysScroll, settled, textOfPage, violationsOf } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";
import { SCREENS } from "../support/browser/screens.js";

describeInBrowser("every screen in every state", ({ stand, visit }) => {
  test.each(SCREENS)(
    "the screen $name shows what there is, in both schemes, down to 360 px",
    async ({ path, shows }) => {
      await visit(stand("full"), path, async ({ page, faults }) => {
        await settled(page);
        for (const text of shows) await page.getByText(text).first().waitFor();
        expect(await page.locator("h1").count()).toBe(1);
        expect(await violationsOf(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
        expect(await violationsOf(page)).toEqual([]);
        for (const width of [1280, 768, 360]) {
          await page.setViewportSize({ width, height: 780 });
          await expectNoSidewaysScroll(page);
        }
        expect(await violationsOf(page)).toEqual([]);
        expect(faults).toEqual([]);
      });
    },
  );

  test.each(SCREENS)("the screen $name says what it means that there is nothing", async ({ path, empty }) => {
    await visit(stand("empty"), path, async ({ page, faults }) => {
      await settled(page);
      for (const text of empty) await page.getByText(text).first().waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 780 });
      await expectNoSidewaysScroll(page);
      expect(faults).toEqual([]);
    });
  });

  test.each(SCREENS)("the screen $name is drawn in grey bars while it loads, never as empty", async ({ path }) => {
    const loading = stand("loading");
    await visit(loading, path, async ({ page, faults }) => {
      await page.locator("h1").waitFor();
      await page.locator("main .skeleton").first().waitFor();
      expect(await page.locator("main .empty").count()).toBe(0);
      expect(await violationsOf(page)).toEqual([]);
      expect(faults).toEqual([]);
    });
  });

  test.each(SCREENS)(
    "the screen $name says that it fails, never that there is nothing, and tries again",
    async (screen) => {
      const failing = stand("failing");
      await visit(failing, screen.path, async ({ page, faults }) => {
        await page.getByRole("alert").first().waitFor();
        expect(await page.locator("main .empty").count()).toBe(0);
        expect(await violationsOf(page)).toEqual([]);
        await page.setViewportSize({ width: 360, height: 780 });
        await expectNoSidewaysScroll(page);
        failing.state = "full";
        // What the page asks again by itself meanwhile has no button any more.
        await page.evaluate(
          `for (const button of document.querySelectorAll("button")) if (button.textContent === "Try again") button.click()`,
        );
        await page.getByRole("alert").first().waitFor({ state: "detached" });
        await page.setViewportSize({ width: 1280, height: 900 });
        for (const text of screen.shows) await page.getByText(text).first().waitFor();
        expect(faults).toEqual([]);
      });
    },
  );

  test.each(SCREENS)("the screen $name names the brokers that do not answer", async ({ path }) => {
    const unreachable = stand("unreachable");
    await visit(unreachable, path, async ({ page, faults }) => {
      for (const broker of unreachable.night.session.brokers) {
        await page.getByText(`no broker answers at ${broker}`).first().waitFor();
      }
      await settled(page);
      expect(await textOfPage(page)).not.toMatch(/nothing is wrong/i);
      expect(await violationsOf(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 780 });
      await expectNoSidewaysScroll(page);
      expect(faults).toEqual([]);
    });
  });

  test.each(SCREENS)(
    "the screen $name says what is missing while one of the brokers does not answer",
    async (screen) => {
      const partial = stand("partial");
      await visit(partial, screen.path, async ({ page, faults }) => {
        await settled(page);
        const notice = page.getByLabel("What is wrong").getByText(/broker-3\.shop:50051 did not answer/);
        await notice.first().waitFor();
        const shows = screen.partial === undefined ? screen.shows : [screen.partial];
        for (const text of shows) await page.locator("main").getByText(text).first().waitFor();
        expect(await violationsOf(page)).toEqual([]);
        await page.setViewportSize({ width: 360, height: 780 });
        await expectNoSidewaysScroll(page);
        expect(faults).toEqual([]);
      });
    },
  );
});
