import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorOf, PAGES, pageText } from "../support/pages/pages.js";

/** Lines from which on a page begins with a table of contents. */
const LONG = 60;
const GUIDE = PAGES.filter((page) => page.startsWith("docs/guide/"));
/** As docs/README.md lists them; a page of the guide that it links to twice counts where it comes first. */
const order = [
  ...new Set([...pageText("docs/README.md").matchAll(/\]\((guide\/[\w-]+\.md)\)/g)].map(([, page]) => `docs/${page}`)),
];

describe("the pages of the guide", () => {
  it("are all listed in docs/README.md", () => {
    expect(GUIDE.length).toBeGreaterThan(15);
    expect([...order].sort()).toEqual([...GUIDE]);
  });

  it.each(order)("%s ends with a link to the next one", (page) => {
    const next = order[order.indexOf(page) + 1] ?? "docs/README.md";
    const [, target = ""] =
      /^(?:Next:|Back to) \[[^\]]+\]\(([^)]+)\)\n$/m.exec(pageText(page).split("\n\n").at(-1) ?? "") ?? [];
    expect(join(dirname(page), target)).toBe(next);
  });

  const long = GUIDE.filter((page) => pageText(page).split("\n").length > LONG);

  it.each(long)("%s is long and begins with its contents", (page) => {
    const text = pageText(page);
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
    const contents = text.slice(0, text.indexOf("\n## "));
    const anchors = [...contents.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = ""]) => anchor);
    expect(anchors).toEqual(headings.map(anchorOf));
  });
});
