import { expect, it } from "vitest";
import { banned, phrases, RULES } from "../support/pages/banned-phrases.js";
import { PAGES, pageText } from "../support/pages/pages.js";

it("the list is read from CONTRIBUTING.md", () => {
  expect(phrases.length).toBeGreaterThan(20);
  expect(phrases).toContain("so long");
});

/** Printed from source that is still to be reworded. */
const TO_BE_REWORDED = new Set(["breaking", "lint", "problems", "schema"].map((page) => `docs/reference/${page}.md`));

it.each([...PAGES, "CHANGELOG.md", "SECURITY.md"].filter((page) => !TO_BE_REWORDED.has(page)))(
  "%s has no banned phrase",
  (page) => expect(banned(pageText(page))).toEqual([]),
);

it("CONTRIBUTING.md has none outside of its own examples", () => expect(banned(RULES)).toEqual([]));

it.each(phrases)("finds a planted %s, also over a line's end, and not in code", (phrase) => {
  const [first = "", ...rest] = phrase.split(" ");
  const planted = /^[A-Z]/.test(phrase) ? phrase : `One ${[first, ...rest].join("\n")} here.`;
  expect(banned(`A page.\n\n${planted}`)).toContain(`line 3: ${phrase}`);
  expect(banned(`A page.\n\n\`${phrase}\`\n\n\`\`\`\n${phrase}\n\`\`\`\n`)).toEqual([]);
});
