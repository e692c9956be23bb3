import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const plain = (text: string) => text.replace(/\s+/g, " ").trim();
const blocks = [...readFileSync(join(root, "docs/testing.md"), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
  ([, code = ""]) => code,
);
const examples = plain(readFileSync(join(import.meta.dirname, "testing-examples.test.ts"), "utf8"));

it("finds the examples of docs/testing.md", () => {
  expect(blocks.length).toBeGreaterThan(5);
});

it.each(blocks)("runs the example that docs/testing.md shows: %s", (block) => {
  expect(examples).toContain(plain(block));
});
