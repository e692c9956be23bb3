import type { Place } from "../problem.js";
import type { Node, SchemaFile } from "../read/node.js";
import type { KeyPath } from "./report.js";

interface Found {
  readonly depth: number;
  readonly place: Place;
}

/** Finds where a key of the schema stands, or the nearest key above it that is there. */
export class Places {
  readonly #files: readonly SchemaFile[];
  readonly #start: Place;

  /** `shown`: the schema folder, for what stands nowhere. */
  constructor(files: readonly SchemaFile[], shown: string) {
    this.#files = files;
    this.#start = { file: files[0]?.file ?? shown, line: 1, column: 1 };
  }

  /** The first of the paths that is there as a whole, else the nearest key above the first one. */
  of(path: KeyPath, ...others: readonly KeyPath[]): Place {
    const [first, ...rest] = [path, ...others].map((each) => ({ whole: each.length, found: this.#deepest(each) }));
    const exact = [first, ...rest].find((each) => each !== undefined && each.found?.depth === each.whole);
    return (exact ?? first)?.found?.place ?? this.#start;
  }

  #deepest(path: KeyPath): Found | undefined {
    let best: Found | undefined;
    for (const { root } of this.#files) {
      const found = deepest(root, path);
      if (found !== undefined && found.depth > (best?.depth ?? 0)) best = found;
    }
    return best;
  }
}

function deepest(root: Node, path: KeyPath): Found | undefined {
  let node = root;
  let found: Found | undefined;
  for (const [index, key] of path.entries()) {
    const entry = node.kind === "mapping" ? node.entries.find((each) => each.key === key) : undefined;
    if (entry === undefined) break;
    found = { depth: index + 1, place: entry.keyPlace };
    node = entry.value;
  }
  return found;
}
