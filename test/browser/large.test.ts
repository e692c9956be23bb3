import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { NIGHT } from "../support/browser/bed.js";
import { settled } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";
import { activationsAt } from "../support/browser/night/activations.js";

const MILLION = 1_000_000;

const rows = (page: Page) => page.locator("main table tbody tr");

describeInBrowser("a lot of data in the console", ({ stand, visit }) => {
  test("of 1,000,000 delayed activations each page has 100 rows, forwards and back", async () => {
    const full = stand();
    const { statuses } = full.night;
    full.night.activations = activationsAt(NIGHT, MILLION);
    full.night.statuses = {
      ...statuses,
      brokers: statuses.brokers.map(({ broker, status }, index) => ({
        broker,
        status:
          index > 0 ? status : { ...status, counts: { ...status.counts, delayed: status.counts.delayed + MILLION } },
      })),
    };
    await visit(full, "activations?q=state%3Adelayed", async ({ page, faults }) => {
      await settled(page);
      await page
        .getByText(/1,002,018/)
        .first()
        .waitFor();
      const first = await rows(page).first().innerText();
      expect(await rows(page).count()).toBe(100);
      for (let pages = 0; pages < 3; pages++) {
        const before = await rows(page).first().innerText();
        await page.keyboard.press("]");
        await expect.poll(() => rows(page).first().innerText()).not.toBe(before);
        expect(await rows(page).count()).toBe(100);
      }
      const asked = full.calls.filter((call) => call.startsWith("GET activations?"));
      expect(asked.every((call) => !call.includes("limit=1000"))).toBe(true);
      for (let pages = 0; pages < 3; pages++) {
        const before = await rows(page).first().innerText();
        await page.keyboard.press("[");
        await expect.poll(() => rows(page).first().innerText()).not.toBe(before);
      }
      expect(await rows(page).first().innerText()).toBe(first);
      expect(faults).toEqual([]);
    });
  });

  test("of 100,000 dead letters each page has 100 rows", async () => {
    const full = stand();
    const { letters } = full.night;
    full.night.letters = { ...letters, counts: { ...letters.counts, open: 100_000 } };
    await visit(full, "dead-letters", async ({ page, faults }) => {
      await settled(page);
      await page
        .getByText(/100,000/)
        .first()
        .waitFor();
      expect(await rows(page).count()).toBe(100);
      const before = await rows(page).first().innerText();
      await page.keyboard.press("]");
      await expect.poll(() => rows(page).first().innerText()).not.toBe(before);
      expect(await rows(page).count()).toBe(100);
      expect(faults).toEqual([]);
    });
  });

  test("parameters of 10 MiB are opened only when they are asked for, and the page stays usable", async () => {
    const full = stand();
    const row = full.night.activations.row(0);
    const { broker, ...activation } = row;
    const document = (parameters: string) =>
      `{"partial":[],"broker":${JSON.stringify(broker)},"chain":null,"now":"2026-11-28T01:41:07.000Z","activation":${JSON.stringify({ ...activation, size: 10 * 2 ** 20, atMostOnce: false, deadLetter: true, deadline: 30_000, lostAttempts: 0 })},"content":{"headers":{},"parameters":${parameters}}}`;
    const items = `[${Array.from({ length: 100_000 }, (_, index) => `{"n":${index},"text":"${"z".repeat(80)}"}`).join(",")}]`;
    full.intercept = (_, path, query) => {
      if (path !== `activations/${row.id}`) return undefined;
      return query.get("large") === null
        ? document(`{"kind":"large","bytes":${10 * 2 ** 20}}`)
        : document(`{"kind":"unnamed","args":[${items}],"kwargs":{}}`);
    };
    await visit(full, `activations/${row.id}`, async ({ page, faults }) => {
      await settled(page);
      await page.getByText("10 MiB").first().waitFor();
      await page
        .getByRole("button", { name: /open|show/i })
        .first()
        .click();
      await page.getByText("100,000").first().waitFor();
      expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(10_000);
      await page.keyboard.press("g");
      await page.keyboard.press("w");
      await expect.poll(() => page.locator("h1").innerText()).toBe("Workers");
      expect(faults).toEqual([]);
    });
  });
});
