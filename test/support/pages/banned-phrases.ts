import { pageText, tableRows } from "./pages.js";

const CONTRIBUTING = pageText("CONTRIBUTING.md");
/** CONTRIBUTING.md before its English section, which shows banned phrases in its list and as what is to be rewritten. */
export const [RULES = ""] = CONTRIBUTING.split("## English\n");

export const phrases = tableRows(CONTRIBUTING, "phrase").flatMap(([cell = ""]) => cell.split(", "));

/** The synonyms that the glossary bans are quotes. */
const ALLOWED: readonly string[] = ["| cure, way out |"];

/** As words; a phrase with a capital letter only where a sentence begins. */
const patterns = phrases.map(
  (phrase) =>
    [
      phrase,
      new RegExp(`(?<![\\w-])${phrase.replace(/ /g, "\\s+")}(?![\\w-])`, /^[A-Z]/.test(phrase) ? "g" : "gi"),
    ] as const,
);

/** Each banned phrase of a page, with its line. Code is not prose: blocks and spans of it are left out. */
export function banned(text: string): string[] {
  const blank = (code: string) => code.replace(/[^\n]/g, " ");
  let prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, blank).replace(/``.+?``|`[^`]*`/g, blank);
  for (const allowed of ALLOWED) prose = prose.replaceAll(allowed, blank);
  return patterns.flatMap(([phrase, pattern]) =>
    [...prose.matchAll(pattern)].map(({ index }) => `line ${prose.slice(0, index).split("\n").length}: ${phrase}`),
  );
}
