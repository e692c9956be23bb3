import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules of WCAG 2.2 AA and those of good practice that hold for every page. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe-core finds against the page, a line each. */
export async function violationsOf(page: Page): Promise<string[]> {
  // As an expression of the debugger, which the content security policy does not concern.
  await page.evaluate(`${AXE}; undefined`);
  const found: unknown = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ["violations"] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + ": " + failureSummary)))`,
  );
  if (!Array.isArray(found)) throw new Error(`expected a list from axe, got ${String(found)}`);
  return found.map(String);
}

/**
 * Nobody has to scroll sideways: nothing is wider than the page, or than its place. Only texts as they were sent may be, and tables
 * where the window is wide enough for one; a phone has cards.
 */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wider = await page.evaluate(`(() => {
    const named = (each) => each.tagName.toLowerCase() + "." + each.className;
    const width = document.documentElement.clientWidth;
    const all = [...document.querySelectorAll("body *")];
    const scrolls = document.documentElement.scrollWidth > width;
    const beyond = scrolls ? all.filter((each) => each.getBoundingClientRect().right > width + 1) : [];
    const inside = all.filter((each) =>
      each.scrollWidth > each.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(each).overflowX) &&
      each.closest("pre, .tree, textarea, .table-frame") === null);
    return [
      ...beyond.map((each) => named(each) + " ends at " + Math.round(each.getBoundingClientRect().right)),
      ...inside.map((each) => named(each) + " has " + each.scrollWidth + " px in " + each.clientWidth),
    ].slice(0, 10);
  })()`);
  expect(wider).toEqual([]);
}

/** The screen has its heading, and nothing is loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator("h1").waitFor();
  await page.locator("main .skeleton").first().waitFor({ state: "detached" });
}

/** The text of the main part of the page, as people read it. */
export function textOfPage(page: Page): Promise<string> {
  return page.locator("main").innerText();
}
