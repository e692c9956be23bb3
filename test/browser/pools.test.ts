import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectNoSidewaysScroll, settled, violationsOf } from "../support/browser/checks.js";
import { chromiumPath, launchChromium } from "../support/browser/chromium.js";
import { describeInBrowser } from "../support/browser/in-browser.js";
import { ENVIRONMENT, LocalBroker } from "../support/harness/local-broker.js";
import { letterRecord } from "../support/letters.js";
import { TOKENS } from "../support/web/console.js";
import { MODEL } from "../support/web/model.js";
import { WebHarness } from "../support/web/web-harness.js";

/** Dead letters of each broker; each has a log of its own, and so is a pool of its own. */
const LETTERS = [1, 2, 4];

describe.skipIf(chromiumPath() === undefined)("the console of three pools", () => {
  const locals = LETTERS.map(() => new LocalBroker());
  const brokers: string[] = [];
  let web: WebHarness;
  let browser: Browser;

  beforeAll(async () => {
    for (const [index, local] of locals.entries()) {
      const environment = index === 2 ? { ...ENVIRONMENT, name: "stage" } : ENVIRONMENT;
      const { address = "" } = await local.start({ environment, listen: "127.0.0.1:0" });
      brokers.push(address);
      const letters = Array.from({ length: LETTERS[index] ?? 0 }, (_, letter) => letterRecord(index * 10 + letter));
      await (await local.log()).append("work-dlq", letters);
    }
    web = await WebHarness.start({ brokers, models: [MODEL] });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
    for (const local of locals) await local[Symbol.asyncDispose]();
  });

  const nameOf = (index: number) => `${index === 2 ? "stage" : "test"}/default@${brokers[index]}`;
  const chooser = (page: Page) => page.getByRole("combobox", { name: "Pool", exact: true });
  const poolOf = (page: Page) => new URL(page.url()).searchParams.get("pool");
  const rows = (page: Page) => page.locator("main table tbody tr").count();
  const nav = (page: Page, name: string) => page.getByRole("navigation").getByRole("link", { name });

  /** Opens a path as somebody who has signed in; `asked`: the addresses of the API that the page has asked for. */
  async function open(path: string, width = 1280): Promise<{ page: Page; asked: URL[] } & AsyncDisposable> {
    const context = await browser.newContext({ viewport: { width, height: 800 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`http://${web.address}/${path}`);
    await page.getByLabel("Token").fill(TOKENS.owner);
    await page.keyboard.press("Enter");
    const asked: URL[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname.startsWith("/api/v1/")) asked.push(url);
    });
    await chooser(page).waitFor();
    return { page, asked, [Symbol.asyncDispose]: () => context.close() };
  }

  test("one of the pools is chosen in the shell, and lists, figures, links and the stream are narrowed to it", async () => {
    await using opened = await open("dead-letters");
    const { page, asked } = opened;
    await expect.poll(() => rows(page)).toBe(7);
    expect(await chooser(page).locator("option").allInnerTexts()).toEqual(["All 3 pools", ...[0, 1, 2].map(nameOf)]);
    asked.length = 0;
    await chooser(page).selectOption(nameOf(2));
    await expect.poll(() => rows(page)).toBe(4);
    expect(poolOf(page)).toBe(nameOf(2));
    await page.getByRole("link", { name: "1/1 brokers ready" }).waitFor();
    for (const [link, heading] of [
      ["Brokers", "Brokers"],
      ["Activations", "Activations"],
      ["Workers", "Workers"],
      ["Overview", "Overview"],
    ] as const) {
      await nav(page, link).click();
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      expect(poolOf(page)).toBe(nameOf(2));
      await settled(page);
    }
    await nav(page, "Brokers").click();
    await expect.poll(() => page.getByText(`pool default of`).count()).toBe(1);
    const narrowed = asked.filter(({ pathname }) => !/\/(?:session|pools|tasks|schedules)$/.test(pathname));
    expect(narrowed.map(({ pathname }) => pathname)).toContain("/api/v1/events");
    expect([...new Set(narrowed.map(({ searchParams }) => searchParams.get("pool")))]).toEqual([nameOf(2)]);
    await page.reload();
    await page.getByRole("link", { name: "1/1 brokers ready" }).waitFor();
    expect(await chooser(page).inputValue()).toBe(nameOf(2));
    await chooser(page).selectOption("");
    await page.getByRole("link", { name: "3/3 brokers ready" }).waitFor();
    expect(poolOf(page)).toBeNull();
    await page.goBack();
    await page.getByRole("link", { name: "1/1 brokers ready" }).waitFor();
    expect(await chooser(page).inputValue()).toBe(nameOf(2));
  });

  test("a dead letter that is opened in a list of all pools is that of its row, and narrows nothing", async () => {
    await using opened = await open("dead-letters");
    const { page } = opened;
    await expect.poll(() => rows(page)).toBe(7);
    await page.locator("main table tbody tr a").first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(poolOf(page)).toBeNull();
    expect(new URL(page.url()).searchParams.get("of")).toMatch(/^(?:test|stage)\/default@/);
    await page.getByRole("button", { name: "Replay" }).first().waitFor();
  });

  test.each([360, 1280])("a pool that is gone says so, and another one can be chosen, at %i px", async (width) => {
    await using opened = await open("activations?pool=test/elsewhere", width);
    const { page } = opened;
    await page.getByRole("heading", { level: 1, name: "This pool is gone" }).waitFor();
    await page.getByText("Expected brokers of test/elsewhere").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await expectNoSidewaysScroll(page);
    await chooser(page).selectOption(nameOf(0));
    await page.getByRole("heading", { level: 1, name: "Activations" }).waitFor();
    await settled(page);
    expect(poolOf(page)).toBe(nameOf(0));
    expect(await violationsOf(page)).toEqual([]);
    await expectNoSidewaysScroll(page);
  });

  test("a broker that stops is missing in its pool, and in no other", async () => {
    await using one = await open(`?pool=${encodeURIComponent(nameOf(0))}`);
    await using other = await open(`?pool=${encodeURIComponent(nameOf(1))}`);
    await locals[0]?.broker.stop();
    await one.page.getByText(`no answer from the broker at ${brokers[0]}`).first().waitFor();
    await other.page.getByRole("link", { name: "1/1 brokers ready" }).waitFor();
    expect(await other.page.getByText(`no answer from the broker at ${brokers[0]}`).count()).toBe(0);
  });
});

describeInBrowser("the console of one pool", ({ stand, visit }) => {
  test("has no choice of a pool, because there is only one", async () => {
    await visit(stand(), "", async ({ page }) => {
      await settled(page);
      await page.getByText("3/3").first().waitFor();
      expect(await page.getByRole("combobox", { name: "Pool", exact: true }).count()).toBe(0);
    });
  });
});
