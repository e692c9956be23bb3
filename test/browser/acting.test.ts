import { expect, test } from "vitest";
import type { Stand } from "../support/browser/bed.js";
import { describeInBrowser } from "../support/browser/in-browser.js";

interface SentCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The changes that a page sends, with their bodies; the bed answers them. */
function sentOf(stand: Stand, path: string): SentCall[] {
  const sent: SentCall[] = [];
  stand.intercept = (method, at, _, body) => {
    if (method === "POST" && at === path) sent.push({ path: at, body: Object(JSON.parse(body)) });
    return undefined;
  };
  return sent;
}

describeInBrowser("changes that a person makes in the console", ({ stand, visit }) => {
  test("all that match are cancelled by the plan of the dry run, after their number was typed", async () => {
    const full = stand();
    const sent = sentOf(full, "activations/cancel");
    await visit(full, "activations?q=state%3Apending", async ({ page, faults }) => {
      await page.getByLabel("Select all on this page").check();
      await page.getByRole("button", { name: /^Select all .* that match$/ }).click();
      await page.keyboard.press("c");
      const dialog = page.getByRole("dialog");
      const asked = dialog.getByLabel(/^Type [\d,]+ to confirm$/);
      await asked.waitFor();
      const [number = ""] = /[\d,]+/.exec((await dialog.locator(".plan-count").innerText()) ?? "") ?? [];
      const button = dialog.getByRole("button", { name: /^Cancel [\d,]+ activations$/ });
      await dialog.getByLabel("Reason").fill("wrong release");
      expect(await button.isDisabled()).toBe(true);
      await asked.fill(number);
      await button.click();
      await dialog.waitFor({ state: "detached" });
      expect(sent.map(({ body }) => body)).toEqual([
        { q: "state:pending", dryRun: true, reason: "" },
        { q: "state:pending", plan: "p_8ZkQ", reason: "wrong release" },
      ]);
      expect(faults).toEqual([]);
    });
  });

  test("a purge of a dead letter can be undone, and without that it is sent", async () => {
    const full = stand();
    const sent = sentOf(full, "dead-letters/purge");
    await visit(full, "dead-letters", async ({ page, faults }) => {
      const rows = page.locator("tbody tr");
      const purge = async (index: number) => {
        await rows.nth(index).getByRole("checkbox").check();
        await page.keyboard.press("#");
        await page.getByRole("dialog").getByRole("button", { name: "Purge" }).click();
        await rows.nth(index).getByText("purged soon").waitFor();
        await rows.nth(index).getByRole("checkbox").uncheck();
      };
      await purge(0);
      await page.getByRole("button", { name: "Undo" }).click();
      await rows.nth(0).getByText("purged soon").waitFor({ state: "detached" });
      await purge(1);
      // The time of the first one is over before that of the second.
      await expect.poll(() => sent.length).toBe(1);
      expect(sent[0]?.body).toEqual({ places: [await rows.nth(1).getAttribute("data-key")], reason: "" });
      expect(faults).toEqual([]);
    });
  });

  test("edited parameters are checked while one types, and sent exactly as they are shown", async () => {
    const full = stand();
    const sent = sentOf(full, "dead-letters/replay");
    await visit(full, "dead-letters/messages-dlq/0/91000", async ({ page, faults }) => {
      await page.getByRole("button", { name: "Edit and replay" }).click();
      const dialog = page.getByRole("dialog");
      const replay = dialog.getByRole("button", { name: "Replay with these" });
      await dialog.getByText("Nothing is changed yet").waitFor();
      await dialog.getByLabel("endpoint_id").fill("none");
      await dialog.getByText("They do not fit the schema").waitFor();
      expect(await replay.isDisabled()).toBe(true);
      await dialog.getByLabel("endpoint_id").fill("40001");
      await dialog.locator(".diff .added").getByText('"endpoint_id": 40001').waitFor();
      await replay.click();
      await dialog.waitFor({ state: "detached" });
      expect(sent).toHaveLength(1);
      expect(sent[0]?.body).toMatchObject({ places: ["messages-dlq/0/91000"], reason: "" });
      // An integer that a double would round.
      expect(String(sent[0]?.body.parameters)).toContain('"event_id": 9007199254740993');
      expect(faults).toEqual([]);
    });
  });

  test("rows that are no longer in the answer stay where they were, and are looked up by their ids", async () => {
    const full = stand();
    const rows = () => full.calls.filter((call) => call.startsWith("GET activations?")).length;
    let shown: readonly string[] = [];
    full.intercept = (method, path, query) => {
      const isList = method === "GET" && path === "activations" && query.get("limit") === "100";
      if (!isList || shown.length === 0) return undefined;
      return JSON.stringify({ ...EMPTY, rows: [], total: { count: 0, exact: true } });
    };
    await visit(
      full,
      "activations?q=state%3Aretry",
      async ({ page, faults }) => {
        const keys = page.locator("tbody tr");
        await keys.first().waitFor();
        const before = await keys.evaluateAll((all) => all.map((row) => String(row.getAttribute("data-key"))));
        const asked = rows();
        shown = before;
        await expect.poll(rows).toBeGreaterThan(asked);
        await expect.poll(() => full.calls.some((call) => call.includes("id%3A") || call.includes("id:"))).toBe(true);
        expect(await keys.evaluateAll((all) => all.map((row) => String(row.getAttribute("data-key"))))).toEqual(before);
        expect(faults).toEqual([]);
      },
      { fixedClock: false },
    );
  });

  test("a kill rule is counted while it is written, needs a reason, and ends by itself", async () => {
    const full = stand();
    const sent = sentOf(full, "kill");
    await visit(full, "controls", async ({ page, faults }) => {
      await page.getByRole("button", { name: "New kill rule" }).waitFor();
      await page.keyboard.press("n");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Task, by its wire name").fill("catalog.import_feed");
      await dialog.getByLabel("Parameter 1").fill("feed_id");
      await dialog.getByLabel("Value 1").fill("771");
      await dialog.getByText(/would be dropped/).waitFor();
      expect(await dialog.getByRole("button", { name: "Drop them" }).isDisabled()).toBe(true);
      await dialog.getByLabel("Reason").fill("a feed out of hand");
      await dialog.getByRole("button", { name: "Drop them" }).click();
      await dialog.waitFor({ state: "detached" });
      const last = sent.at(-1)?.body;
      expect(last).toMatchObject({ task: "catalog.import_feed", args: { feed_id: 771 }, reason: "a feed out of hand" });
      expect(last?.dryRun).toBeUndefined();
      expect(typeof last?.until).toBe("string");
      expect(sent[0]?.body.dryRun).toBe(true);
      expect(faults).toEqual([]);
    });
  });
});

/** A page without rows. */
const EMPTY = { partial: [], cursor: null, looked: null, now: new Date(0).toISOString() };
