import { expect, test } from "vitest";
import { describeInBrowser } from "../support/browser/in-browser.js";

describeInBrowser("the console under any path", ({ stand, visit }) => {
  test.each(["/", "/ops/", "/a/b/"])("the console runs under the path %s without a fault", async (prefix) => {
    const full = stand("full", prefix);
    await visit(full, "dead-letters?q=task%3Apayments.*", async ({ page, faults }) => {
      await expect.poll(() => page.locator("h1").innerText()).toBe("Dead letters");
      await page.keyboard.press("g");
      await page.keyboard.press("w");
      await expect.poll(() => page.locator("h1").innerText()).toBe("Workers");
      expect(new URL(page.url()).pathname).toBe(`${prefix}workers`);
      await page.goBack();
      await expect.poll(() => page.locator("h1").innerText()).toBe("Dead letters");
      expect(new URL(page.url()).search).toBe("?q=task%3Apayments.*");
      expect(full.calls.length).toBeGreaterThan(0);
      expect(faults).toEqual([]);
    });
  });

  test("a link to no screen shows where the overview is", async () => {
    await visit(stand(), "nowhere/at/all", async ({ page, faults }) => {
      await expect.poll(() => page.locator("h1").innerText()).toBe("No such page");
      await page.getByRole("link", { name: "Go to the overview" }).click();
      await expect.poll(() => page.locator("h1").innerText()).toBe("Overview");
      expect(faults).toEqual([]);
    });
  });
});
