import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { settled } from "../support/browser/checks.js";
import { describeInBrowser } from "../support/browser/in-browser.js";

const LIVE = { fixedClock: false } as const;

const banner = (page: Page, text: string) => page.locator(".banner").filter({ hasText: text });

/** The browser says that the tab is hidden, or seen again. */
const show = (page: Page, state: "hidden" | "visible") =>
  page.evaluate(`(() => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "${state}" });
    document.dispatchEvent(new Event("visibilitychange"));
  })()`);

describeInBrowser("the connection of the console", ({ stand, visit }) => {
  test("a server that is killed is named in a banner, and the page is back by itself", async () => {
    const full = stand();
    await visit(
      full,
      "workers",
      async ({ page, faults }) => {
        await expect.poll(() => full.stream.listeners).toBe(1);
        full.dead = true;
        full.stream.cut();
        await banner(page, "The connection is lost").waitFor();
        expect(await page.locator("main.stale").count()).toBe(1);
        full.dead = false;
        await banner(page, "The connection is lost").waitFor({ state: "detached" });
        await expect.poll(() => full.stream.listeners).toBe(1);
        expect(await page.locator("main.stale").count()).toBe(0);
        expect(faults).toEqual([]);
      },
      LIVE,
    );
  });

  test("a broker that stops answering is named on every screen, and leaves the banner when it is back", async () => {
    const full = stand();
    const before = full.night.statuses.partial;
    await visit(
      full,
      "activations",
      async ({ page }) => {
        await expect.poll(() => full.stream.listeners).toBe(1);
        const [, second = ""] = full.night.session.brokers;
        full.stream.send("missing", {
          partial: [{ broker: second, code: "unreachable", message: "no answer within 2 s" }],
        });
        await banner(page, `${second}: no answer within 2 s`).waitFor();
        expect(await page.getByRole("link", { name: "2/3 brokers ready" }).count()).toBe(1);
        full.stream.send("missing", { partial: before });
        await banner(page, "no answer within 2 s").waitFor({ state: "detached" });
        expect(await page.getByRole("link", { name: "3/3 brokers ready" }).count()).toBe(1);
      },
      LIVE,
    );
  });

  test("a proxy that cuts streams makes the page poll, and the page says so", async () => {
    const full = stand();
    full.streams = "cut";
    await visit(
      full,
      "",
      async ({ page, faults }) => {
        await banner(page, "The live stream does not come through").waitFor();
        const polls = () => full.calls.filter((call) => call === "GET statuses").length;
        const before = polls();
        expect(before).toBeGreaterThan(0);
        await expect.poll(polls).toBeGreaterThan(before);
        expect(faults).toEqual([]);
      },
      LIVE,
    );
  });

  test("a token that is taken away leads to the sign-in page, and signing in leads back to the same place", async () => {
    const full = stand();
    const address = "activations?q=state%3Adelayed";
    await visit(
      full,
      address,
      async ({ page, faults }) => {
        await expect.poll(() => full.stream.listeners).toBe(1);
        full.signedIn = false;
        full.stream.cut();
        await expect.poll(() => page.locator("h1").innerText()).toBe("Sign in");
        await page.getByLabel("Token").fill("t0ken");
        await page.keyboard.press("Enter");
        await expect.poll(() => page.locator("h1").innerText()).toBe("Activations");
        expect(page.url()).toBe(full.address + address);
        await expect.poll(() => full.stream.listeners).toBe(1);
        expect(faults).toEqual([]);
      },
      LIVE,
    );
  });

  test("the token of a link is used and taken out of the address at once", async () => {
    const full = stand();
    full.signedIn = false;
    await visit(
      full,
      "workers#token=abc%2Fdef",
      async ({ page }) => {
        await expect.poll(() => page.locator("h1").innerText()).toBe("Workers");
        expect(page.url()).toBe(`${full.address}workers`);
        expect(full.calls[0]).toBe("POST session");
      },
      LIVE,
    );
  });

  test("a hidden tab closes its stream, and comes back with fresh data when it is seen again", async () => {
    const full = stand();
    await visit(
      full,
      "",
      async ({ page, faults }) => {
        await expect.poll(() => full.stream.listeners).toBe(1);
        await settled(page);
        await show(page, "hidden");
        await expect.poll(() => full.stream.listeners).toBe(0);
        // Seconds pass without a call: the ticks of the bed are the clock. What was asked before may still be on its way.
        await full.stream.ticks(1);
        const calls = full.calls.length;
        await full.stream.ticks(4);
        expect(full.calls.length).toBe(calls);
        await show(page, "visible");
        await expect.poll(() => full.stream.listeners).toBe(1);
        expect(faults).toEqual([]);
      },
      LIVE,
    );
  });

  test("a clock that jumps by a day leaves the page working", async () => {
    const full = stand();
    await visit(
      full,
      "workers",
      async ({ page, faults }) => {
        await expect.poll(() => full.stream.listeners).toBe(1);
        await page.clock.install();
        for (const jump of [86_400_000, -2 * 86_400_000]) {
          await page.clock.setSystemTime(Date.now() + jump);
          full.stream.send("news", { ended: 1, failed: 0, letters: 0 });
          await page.clock.runFor(3000);
          expect(await page.locator("main.stale").count()).toBe(0);
          expect(await page.locator("h1").innerText()).toBe("Workers");
        }
        expect(faults).toEqual([]);
      },
      LIVE,
    );
  });
});
