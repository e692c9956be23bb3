import type { Place } from "../problem/problem.js";
import type { Node, SchemaFile } from "../read/node.js";
import type { KeyPath } from "./compare/report.js";

interface Found {
  readonly depth: number;
  readonly place: Place;
}

/** Finds the place of a key of the schema, or of the nearest key above it that is written. */
export class Places {
  readonly #files: readonly SchemaFile[];
  readonly #start: Place;

  /** `shown`: the schema folder, for keys that are not written anywhere. */
  constructor(files: readonly SchemaFile[], shown: string) {
    this.#files = files;
    this.#start = { file: files[0]?.file ?? shown, line: 1, column: 1 };
  }

  /** The place of the whole path; undefined: it is not written. */
  exact(path: KeyPath): Place | undefined {
    const found = this.#deepest(path);
    return found?.depth === path.length ? found.place : undefined;
  }

  /** The place of the nearest key above it that is written. */
  near(path: KeyPath): Place {
    return this.#deepest(path)?.place ?? this.#start;
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
