import { expect, it } from "vitest";
import { banned, phrases, RULES } from "../support/pages/banned-phrases.js";
import { PAGES, pageText } from "../support/pages/pages.js";

it("the list is read from CONTRIBUTING.md", () => {
  expect(phrases.length).toBeGreaterThan(20);
  expect(phrases).toContain("so long");
});

it.each([...PAGES, "CHANGELOG.md", "SECURITY.md"])("%s has no banned phrase", (page) => {
  const text = pageText(page);
  // The help texts of this page are prose, although they are shown as code.
  expect(banned(page === "docs/reference/commands.md" ? text.replaceAll("```", "") : text)).toEqual([]);
});

it("CONTRIBUTING.md has none outside of its own examples", () => expect(banned(RULES)).toEqual([]));

it.each(phrases)("finds a planted %s, also over a line's end, and not in code", (phrase) => {
  const [first = "", ...rest] = phrase.split(" ");
  const planted = /^[A-Z]/.test(phrase) ? phrase : `One ${[first, ...rest].join("\n")} here.`;
  expect(banned(`A page.\n\n${planted}`)).toContain(`line 3: ${phrase}`);
  expect(banned(`A page.\n\n\`${phrase}\`\n\n\`\`\`\n${phrase}\n\`\`\`\n`)).toEqual([]);
});
