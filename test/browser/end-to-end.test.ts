import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { settled } from "../support/browser/checks.js";
import { chromiumPath, launchChromium } from "../support/browser/chromium.js";
import { ROOT } from "../support/pages/pages.js";
import { freePort } from "../support/processes/operating-system.js";

const TASK = "sentry.issues.tasks.deliver_issue_webhook";
/** Issues that the receiver of webhooks refuses. */
const REFUSED = 7;

/** A receiver of webhooks; `issues`: those that it took. */
async function receiver() {
  const issues: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { group_id: issue } = JSON.parse(Buffer.concat(chunks).toString());
    if (issue !== REFUSED) issues.push(issue);
    response.writeHead(issue === REFUSED ? 503 : 200).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { issues, address: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

/** `taskwire dev` of the example application; `link`: what it prints for its console. */
async function dev(webhook: string) {
  const data = mkdtempSync(join(tmpdir(), "taskwire-end-to-end-"));
  const [grpc, http] = [await freePort(), await freePort()];
  const child = spawn(
    process.execPath,
    [
      join(ROOT, "runtime/bin/taskwire.js"),
      "dev",
      "--model",
      join(ROOT, "generated/taskwire.json"),
      "--handlers",
      join(ROOT, "dist/examples/handlers.js"),
      "--data",
      data,
      "--listen",
      `127.0.0.1:${grpc}`,
      "--http",
      `127.0.0.1:${http}`,
    ],
    { cwd: ROOT, env: { ...process.env, TASKWIRE_DEMO_WEBHOOK: webhook }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const listen = (chunk: Buffer) => {
    said += chunk.toString();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const ended = new Promise((resolve) => child.once("close", resolve));
  await expect.poll(() => said, { message: "taskwire dev prints the link" }).toMatch(/#token=\S+/);
  const [link = ""] = /http:\S+#token=[\w-]+/.exec(said) ?? [];
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { link, stop };
}

const dialog = (page: Page) => page.locator("dialog[open]");

/** Opens the form of the task and sends it. */
async function send(page: Page, base: string, issue: number, after?: number): Promise<void> {
  await page.goto(`${base}tasks/${TASK}?send=1`);
  await dialog(page)
    .getByLabel(/^organization_id/)
    .fill("1");
  await dialog(page)
    .getByLabel(/^group_id/)
    .fill(String(issue));
  if (after !== undefined)
    await dialog(page)
      .getByLabel(/^Start after/)
      .fill(String(after));
  await dialog(page).getByRole("button", { name: "Send", exact: true }).click();
  await dialog(page).getByText("Sent:").waitFor();
}

/** Asks again until the list has a row. */
async function firstRow(page: Page): Promise<void> {
  await settled(page);
  await expect
    .poll(async () => {
      await page.keyboard.press("r");
      return page.locator("main table tbody tr").count();
    })
    .toBeGreaterThan(0);
}

describe.skipIf(chromiumPath() === undefined)("the console of taskwire dev", () => {
  test("a task is sent, fails, becomes a dead letter, is edited and replayed; a delayed one is cancelled; a namespace is paused", async () => {
    const webhooks = await receiver();
    const { link, stop } = await dev(webhooks.address);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await page.goto(link);
      await settled(page);
      const base = page.url();
      expect(base).not.toContain("token");

      await send(page, base, REFUSED);
      await page.goto(`${base}dead-letters`);
      await firstRow(page);
      await page.keyboard.press("j");
      await page.keyboard.press("e");
      await dialog(page)
        .getByLabel(/^group_id/)
        .fill("8");
      await dialog(page).getByRole("button", { name: "Replay with these" }).click();
      await expect.poll(() => webhooks.issues).toEqual([8]);
      await page.goto(`${base}dead-letters?state=replayed`);
      await firstRow(page);

      await send(page, base, 9, 3600);
      await page.goto(`${base}activations?q=state%3Adelayed`);
      await firstRow(page);
      await page.keyboard.press("j");
      await page.keyboard.press("c");
      await dialog(page)
        .getByRole("button", { name: /^Cancel/ })
        .click();
      await dialog(page).waitFor({ state: "detached" });
      await page.goto(`${base}activations?tab=ended&q=end%3Acancelled`);
      await firstRow(page);

      await page.goto(`${base}controls`);
      await settled(page);
      await page.getByRole("button", { name: "New pause" }).click();
      await dialog(page).getByLabel("What is paused").selectOption("namespace");
      await dialog(page).getByLabel("Name of the namespace").fill("issues");
      await dialog(page)
        .getByRole("button", { name: /^Pause/ })
        .click();
      await dialog(page).waitFor({ state: "detached" });
      await send(page, base, 10);
      await page.goto(`${base}activations?q=state%3Aparked`);
      await firstRow(page);
      expect(webhooks.issues).toEqual([8]);
      await page.goto(`${base}controls`);
      await settled(page);
      await page
        .getByRole("button", { name: /^Resume/ })
        .first()
        .click();
      await dialog(page)
        .getByRole("button", { name: /^Resume/ })
        .click();
      await expect.poll(() => webhooks.issues).toEqual([8, 10]);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await stop();
      webhooks.stop();
    }
  });
});
