import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { settled, violationsOf } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";

const heading = (page: Page) => page.locator("h1").innerText();
const dialog = (page: Page) => page.locator("dialog[open]");

/** What has the focus, as people call it. */
const focused = (page: Page) =>
  page.evaluate(
    `(() => { const of = document.activeElement; return (of.getAttribute("aria-label") ?? of.innerText ?? "").trim() || of.tagName; })()`,
  );

async function keys(page: Page, text: string): Promise<void> {
  for (const key of text.split(" ")) await page.keyboard.press(key);
}

describeInBrowser("the console by keyboard alone", ({ stand, visit }) => {
  test("two keys lead to each screen", async () => {
    await visit(stand(), "", async ({ page, faults }) => {
      await settled(page);
      for (const [sequence, title] of [
        ["g a", "Activations"],
        ["g t", "Tasks"],
        ["g d", "Dead letters"],
        ["g s", "Schedules"],
        ["g w", "Workers"],
        ["g b", "Brokers and log"],
        ["g c", "Controls"],
        ["g o", "Overview"],
      ] as const) {
        await keys(page, sequence);
        await expect.poll(() => heading(page)).toBe(title);
      }
      expect(faults).toEqual([]);
    });
  });

  test("the search box takes a part of a name, an id and a filter", async () => {
    const full = stand();
    const { id } = full.night.activations.row(0);
    await visit(full, "workers", async ({ page }) => {
      await settled(page);
      for (const [typed, address] of [
        ["refund", "tasks?find=refund"],
        [id, `activations/${id}`],
        ["state:delayed age>10m", "activations?q=state%3Adelayed+age%3E10m"],
      ] as const) {
        await page.keyboard.press("/");
        await page.keyboard.press("Control+a");
        await page.keyboard.type(typed);
        await page.keyboard.press("Enter");
        await expect.poll(() => page.url()).toBe(full.address + address);
        // A new page begins at its heading.
        await expect.poll(() => page.evaluate("document.activeElement.tagName")).toBe("H1");
      }
    });
  });

  test("the search box suggests keys and values of the filter at hand, and tasks, without being in the way", async () => {
    const full = stand();
    await visit(full, "dead-letters", async ({ page, faults }) => {
      await settled(page);
      const box = page.getByRole("combobox", { name: "Search" });
      const options = page.locator(".head").getByRole("option");
      const chosen = () => page.locator(".head").getByRole("option", { selected: true });
      await page.keyboard.press("/");
      expect(await options.count()).toBe(0);
      // Keys of the list at hand, by the arrow keys alone.
      await page.keyboard.press("ArrowDown");
      await page.locator(".head").getByRole("option", { name: "fp:" }).waitFor();
      expect(await options.filter({ hasText: "due" }).count()).toBe(0);
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press("Escape");
      expect(await options.count()).toBe(0);
      // Nothing is chosen by itself: Tab and Enter do with what was typed what they do anywhere.
      await page.keyboard.type("task:pay");
      await options.filter({ hasText: "payments.refund_payment" }).waitFor();
      expect(await chosen().count()).toBe(0);
      await keys(page, "ArrowDown ArrowDown ArrowUp");
      expect(await box.getAttribute("aria-activedescendant")).toBe(await chosen().getAttribute("id"));
      const taken = await chosen().locator(".mono").innerText();
      await page.keyboard.press("Tab");
      expect(await box.inputValue()).toBe(`${taken} `);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await expect.poll(() => new URL(page.url()).pathname).toBe(`${full.prefix}dead-letters`);
      expect(new URL(page.url()).searchParams.get("q")).toBe(taken);
      // A task is a place to go to.
      await page.keyboard.press("Control+a");
      await page.keyboard.type("refund");
      await options.filter({ hasText: "payments.refund_payment" }).waitFor();
      await keys(page, "ArrowDown Enter");
      await expect.poll(() => page.url()).toBe(`${full.address}tasks/payments.refund_payment`);
      expect(faults).toEqual([]);
    });
  });

  test("a page that is still coming does not take the focus from somebody who types meanwhile", async () => {
    const full = stand();
    await visit(full, "workers", async ({ page }) => {
      await settled(page);
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route(/assets\/.*\.js$/, async (route) => {
        await released;
        await route.continue();
      });
      await keys(page, "g s /");
      await page.keyboard.type("refu");
      release();
      await expect.poll(() => heading(page)).toBe("Schedules");
      await page.keyboard.type("nd");
      expect(await page.getByLabel("Search").inputValue()).toBe("refund");
    });
  });

  test("keys move through a list, select rows, and cancel what is selected", async () => {
    const full = stand();
    await visit(full, "activations?q=state%3Apending", async ({ page, faults }) => {
      await settled(page);
      await keys(page, "j j x j x c");
      await dialog(page).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "detached" });
      await keys(page, "c");
      await dialog(page).waitFor();
      await tabTo(page, /^Cancel 2/);
      await page.keyboard.press("Enter");
      await dialog(page).waitFor({ state: "detached" });
      expect(full.calls.filter((call) => call === "POST activations/cancel").length).toBeGreaterThan(0);
      expect(faults).toEqual([]);
    });
  });

  test("Enter opens a row, and Back leads to the list as it was", async () => {
    const full = stand();
    const address = "activations?q=state%3Aprocessing";
    await visit(full, address, async ({ page }) => {
      await settled(page);
      await keys(page, "j Enter");
      await expect.poll(() => page.url()).not.toBe(full.address + address);
      await expect.poll(() => heading(page)).toBe("orders.place_order");
      await page.goBack();
      await expect.poll(() => page.url()).toBe(full.address + address);
      await expect.poll(() => heading(page)).toBe("Activations");
    });
  });

  test("a dialog has the focus while it is open, closes by Escape, and returns the focus", async () => {
    await visit(stand(), "workers", async ({ page }) => {
      await settled(page);
      await tabTo(page, /^mira/);
      await page.keyboard.press("Enter");
      await dialog(page).waitFor();
      for (let step = 0; step < 12; step++) {
        await page.keyboard.press("Tab");
        const inside = await page.evaluate(
          `document.activeElement === document.body || document.activeElement.closest("dialog[open]") !== null`,
        );
        expect(inside).toBe(true);
      }
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "detached" });
      expect(await focused(page)).toMatch(/^mira/);
    });
  });

  test("the help lists the keys of the screen that is open", async () => {
    await visit(stand(), "dead-letters", async ({ page }) => {
      await settled(page);
      await page.keyboard.press("?");
      await dialog(page).waitFor();
      for (const label of ["Search", "Next page", "Next row", /^Replay/, /^Purge/]) {
        expect(await dialog(page).getByText(label).count()).toBeGreaterThan(0);
      }
      expect(await violationsOf(page)).toEqual([]);
    });
  });

  test("letters that are typed into a box are no shortcuts, and shortcuts can be turned off", async () => {
    await visit(stand(), "activations", async ({ page }) => {
      await settled(page);
      await page.keyboard.press("/");
      await page.keyboard.type("g w");
      expect(await heading(page)).toBe("Activations");
      await page.locator("h1").focus();
      await tabTo(page, /^mira/, "Shift+Tab");
      await page.keyboard.press("Enter");
      await dialog(page).waitFor();
      await dialog(page).getByLabel("Off").focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "detached" });
      await page.locator("h1").focus();
      await keys(page, "g w");
      expect(await heading(page)).toBe("Activations");
    });
  });

  test("everything that Tab reaches shows that it has the focus", async () => {
    await visit(stand(), "activations", async ({ page }) => {
      await settled(page);
      const hidden: string[] = [];
      for (let step = 0; step < 40; step++) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(`(() => {
          const of = document.activeElement;
          if (of === document.body) return "";
          const style = getComputedStyle(of);
          const line = getComputedStyle(of.closest("search, label, td, a, button, div"));
          const shown = [style, line].some((each) => (each.outlineStyle !== "none" && each.outlineWidth !== "0px") || each.boxShadow !== "none");
          return shown ? "" : of.outerHTML.slice(0, 120);
        })()`);
        if (typeof seen === "string" && seen !== "") hidden.push(seen);
      }
      expect(hidden).toEqual([]);
    });
  });
});

/** Presses Tab until what matches has the focus. */
async function tabTo(page: Page, name: RegExp, key = "Tab"): Promise<void> {
  for (let step = 0; step < 120; step++) {
    if (name.test(String(await focused(page)))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`120 times ${key} did not lead to ${String(name)}; the last one is ${String(await focused(page))}`);
}
