import { expect, it } from "vitest";
import { PAGES, pageText } from "../support/pages/pages.js";

const CONTRIBUTING = pageText("CONTRIBUTING.md");
/** The English section shows banned phrases: in its list, and as what is to be rewritten. */
const [RULES = "", ENGLISH = ""] = CONTRIBUTING.split("## English\n");
const [, LIST = ""] = ENGLISH.split("### Banned phrases\n");

const phrases = [...LIST.matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)]
  .flatMap(([, cell = ""]) => cell.split(", "))
  .filter((phrase) => !/^(phrase|---)$/.test(phrase));

/** Quotes: titles of tests, and the synonyms that the glossary bans. */
const ALLOWED: readonly string[] = ["in a sound file that goes on", "| cure, way out |"];

/** As words; a phrase with a capital letter only where a sentence begins. */
const patterns = phrases.map(
  (phrase) =>
    [
      phrase,
      new RegExp(`(?<![\\w-])${phrase.replace(/ /g, "\\s+")}(?![\\w-])`, /^[A-Z]/.test(phrase) ? "g" : "gi"),
    ] as const,
);

/** Each banned phrase of a text, with its line. Code is not prose: blocks and spans of it are left out. */
function banned(text: string): string[] {
  const blank = (code: string) => code.replace(/[^\n]/g, " ");
  let prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, blank).replace(/``.+?``|`[^`]*`/g, blank);
  for (const allowed of ALLOWED) prose = prose.replaceAll(allowed, blank);
  return patterns.flatMap(([phrase, pattern]) =>
    [...prose.matchAll(pattern)].map(({ index }) => `line ${prose.slice(0, index).split("\n").length}: ${phrase}`),
  );
}

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
