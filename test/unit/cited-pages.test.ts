import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorOf, PAGES, pageText, repositoryFiles } from "../support/pages/pages.js";

const tracked = repositoryFiles();
const known = new Set([...tracked.filter((file) => file.endsWith(".md")), ...PAGES]);
const sources = tracked.filter((file) => /\.(ts|mjs|cjs|hbs)$/.test(file) && !file.includes("golden/"));

interface Citation {
  readonly file: string;
  readonly page: string;
  readonly section: string | undefined;
}

/** Every page that a comment names, with the section behind it: `dynamic-sampling.md 12`. */
function citations(file: string): Citation[] {
  const comments = pageText(file).match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? [];
  return comments.flatMap((comment) =>
    [...comment.matchAll(/([\w./-]+\.md)\b(?: (\d+(?:\.\d+)?))?/g)].map(([, page = "", section]) => ({
      file,
      page,
      section,
    })),
  );
}

/** The page that is meant: a path from the root, or the name of one page. */
function pageOf(name: string): string | undefined {
  if (known.has(name)) return name;
  const named = [...known].filter((page) => page.endsWith(`/${name}`));
  return named.length === 1 ? named[0] : undefined;
}

describe("pages that are cited", () => {
  const all = sources.flatMap(citations);

  it("in comments exist in the repository", () => {
    expect(all.length).toBeGreaterThan(50);
    const missing = all.filter(({ page }) => pageOf(page) === undefined).map(({ file, page }) => `${file}: ${page}`);
    expect(missing).toEqual([]);
  });

  it("in comments with a section have that section", () => {
    const missing = all.filter(({ page, section }) => {
      if (section === undefined) return false;
      return !new RegExp(`^#+ ${section.replace(".", "\\.")}[. ]`, "m").test(pageText(pageOf(page) ?? page));
    });
    expect(missing.map(({ file, page, section }) => `${file}: ${page} ${section}`)).toEqual([]);
  });

  it("by links of other pages exist, and so do their headings", () => {
    const broken: string[] = [];
    for (const page of [...PAGES, "CONTRIBUTING.md"]) {
      for (const [, target = ""] of pageText(page).matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)) {
        const [path = "", anchor] = target.split("#");
        const file = join(dirname(page), path);
        const isThere =
          tracked.includes(file) || tracked.some((each) => each.startsWith(`${file}/`)) || known.has(file);
        const headings = file.endsWith(".md") && isThere ? [...pageText(file).matchAll(/^#+ (.*)$/gm)] : [];
        if (!isThere || (anchor !== undefined && !headings.some(([, text = ""]) => anchorOf(text) === anchor)))
          broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });
});
