import { expect, test } from "vitest";
import { NIGHT } from "../support/browser/bed.js";
import { settled, violationsOf } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";

describeInBrowser("the console", ({ stand, visit }) => {
  test("the overview has the age of the oldest waiting activation, throughput, and percentiles of wait and run", async () => {
    await visit(stand(), "", async ({ page }) => {
      await settled(page);
      for (const text of ["Oldest waiting", "11 min", "Ended", "In flight", /^completed/, /^wait p95/, /^run p99/]) {
        await page.getByText(text).first().waitFor();
      }
    });
  });

  test("a chart can be read as a table", async () => {
    await visit(stand(), "", async ({ page }) => {
      await settled(page);
      await page.getByText("show as table").first().click();
      await page.locator("main table").filter({ hasText: "completed" }).first().waitFor();
    });
  });

  test("the overview names a task that no worker takes, since when, and what to do", async () => {
    await visit(stand(), "", async ({ page }) => {
      await settled(page);
      const finding = page.getByText(/No worker takes catalog\.translate_text: 4,210 wait, the oldest for 36 min/);
      await finding.first().waitFor();
      await page
        .getByText(/Deploy workers with its handler/)
        .first()
        .waitFor();
    });
  });

  test("failed runs of one kind are one group, with its count and its task", async () => {
    await visit(stand(), "", async ({ page }) => {
      await settled(page);
      await page.getByText("4,318").first().waitFor();
      await page
        .getByText(/ResponseError: index products-v7 is read-only/)
        .first()
        .waitFor();
    });
  });

  test("times of a list follow the clock, also when no row is new", async () => {
    await visit(stand(), "activations", async ({ page }) => {
      await settled(page);
      const time = page.locator("main table tbody time").filter({ hasText: "ago" }).first();
      const before = await time.textContent();
      await page.clock.setFixedTime(NIGHT + 3 * 86_400_000);
      await expect.poll(() => time.textContent()).toMatch(/^3 d/);
      expect(before).not.toMatch(/^3 d/);
    });
  });

  test("a filter has suggestions while it is typed, and is in the address when it is in force", async () => {
    const full = stand();
    await visit(full, "activations", async ({ page }) => {
      await settled(page);
      await page.keyboard.press("f");
      await page.keyboard.type("task:payments.ref");
      await page
        .getByRole("option", { name: /payments\.refund_payment/ })
        .first()
        .waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      await expect.poll(() => new URL(page.url()).searchParams.get("q")?.trim()).toBe("task:payments.refund_payment");
      await expect.poll(() => full.calls.some((call) => call.includes("q=task%3Apayments.refund_payment"))).toBe(true);
    });
  });

  test.each(["schedules", "tasks"])(
    "the table of %s fits a window of 768 px, with its last column in view",
    async (path) => {
      await visit(
        stand(),
        path,
        async ({ page }) => {
          await settled(page);
          const frame = page.locator(".table-frame").first();
          expect(await frame.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(
            0,
          );
          if (path === "schedules")
            expect(await page.getByRole("button", { name: "Run now" }).first().isVisible()).toBe(true);
        },
        { width: 768 },
      );
    },
  );

  test("the checkbox of a row is in the middle of its first line", async () => {
    await visit(stand(), "dead-letters", async ({ page }) => {
      await settled(page);
      const row = page.locator("main table tbody tr").first();
      const box = await row.getByRole("checkbox").boundingBox();
      const time = await row.locator("time").first().boundingBox();
      const middle = (of: typeof box) => (of === null ? Number.NaN : of.y + of.height / 2);
      expect(Math.abs(middle(box) - middle(time))).toBeLessThanOrEqual(1.5);
    });
  });

  test("columns of a list are chosen by keyboard, stay chosen, and are in no link", async () => {
    const full = stand();
    await visit(full, "activations", async ({ page, faults }) => {
      await settled(page);
      const heads = () => page.locator("thead th[scope=col]").allInnerTexts();
      const menu = page.locator(".columns-menu");
      expect(await heads()).toContain("Worker");
      expect(await heads()).not.toContain("Namespace");
      await menu.locator("summary").focus();
      await page.keyboard.press("Enter");
      await menu.getByLabel("Worker").focus();
      await page.keyboard.press("Space");
      await menu.getByLabel("Namespace").focus();
      await page.keyboard.press("Space");
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press("Escape");
      expect(await menu.getAttribute("open")).toBeNull();
      expect(await page.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
      const chosen = await heads();
      expect(chosen).toContain("Namespace");
      expect(chosen).not.toContain("Worker");
      expect(page.url()).toBe(`${full.address}activations`);
      await page.reload();
      await settled(page);
      expect(await heads()).toEqual(chosen);
      await menu.locator("summary").click();
      await menu.getByRole("button", { name: "As before" }).click();
      await expect.poll(heads).toContain("Worker");
      expect(faults).toEqual([]);
    });
  });

  test("a task is sent from its page, by a form that is made from its schema", async () => {
    const full = stand();
    await visit(full, "tasks/payments.refund_payment?send=1", async ({ page, faults }) => {
      const dialog = page.locator("dialog[open]");
      await dialog.waitFor();
      await dialog.getByLabel(/^order_id/).fill("9007199254740993");
      await dialog.getByLabel(/^amount/).fill("1290");
      let sent = "";
      full.intercept = (method, path, _, body) => {
        if (method === "POST" && path === "send") sent = body;
        return undefined;
      };
      await dialog.getByRole("button", { name: "Send", exact: true }).click();
      await expect.poll(() => sent).toContain("payments.refund_payment");
      expect(sent).toContain("9007199254740993");
      expect(faults).toEqual([]);
    });
  });

  test("workers are listed with their slots, memory and the lag of their loop", async () => {
    await visit(stand(), "workers", async ({ page }) => {
      await settled(page);
      const row = page.locator("tr").filter({ hasText: "app-1:4100" });
      for (const text of ["14 / 16", "412 MiB", "6 ms"]) expect(await row.innerText()).toContain(text);
    });
  });

  test("somebody who may only look sees why an action is not possible", async () => {
    const full = stand();
    full.night = { ...full.night, session: { ...full.night.session, role: "view", reveal: false } };
    const { id } = full.night.activations.row(0);
    await visit(full, `activations/${id}`, async ({ page }) => {
      await settled(page);
      const cancel = page.getByRole("button", { name: /^Cancel/ }).first();
      expect(await cancel.getAttribute("aria-disabled")).toBe("true");
      await page
        .getByText(/may look, not change/)
        .first()
        .waitFor({ state: "attached" });
    });
  });
});
