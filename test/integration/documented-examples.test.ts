import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pageText } from "../support/pages/pages.js";

const plain = (text: string) => text.replace(/\s+/g, " ").trim();

/** Pages whose every TypeScript block is run by a test. */
describe.each([
  ["docs/guide/testing.md", "testing-examples.test.ts"],
  ["docs/guide/sending.md", "sending-examples.test.ts"],
])("the examples of %s", (page, test) => {
  const blocks = [...pageText(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  const run = plain(readFileSync(join(import.meta.dirname, test), "utf8"));

  it("are found", () => expect(blocks.length).toBeGreaterThan(5));

  it.each(blocks)(`are run by ${test}: %s`, (block) => expect(run).toContain(plain(block)));
});
