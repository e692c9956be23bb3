import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { sources } from "./sources.mjs";

/** Lines that a file of the product may have. */
const LIMIT = 350;
const GENERATED = /^runtime\/wire\/proto\//;

/** A sentence for every product file below `root` that is too long. */
export function checkSizes(root) {
  const paths = ["runtime", "codegen", "console", "examples"].flatMap((folder) => sources(join(root, folder)));
  return paths.flatMap((path) => {
    const file = relative(root, path).replaceAll("\\", "/");
    const lines = readFileSync(path, "utf8").split("\n").length - 1;
    if (lines <= LIMIT || GENERATED.test(file)) return [];
    return [`${file}: ${lines} lines, at most ${LIMIT}: move one of its nouns to a file of its own`];
  });
}
