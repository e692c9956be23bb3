import { useState } from "preact/hooks";

/** Which rows of a list are selected. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
  /** Selects these too, or, when all of them are, none of them. */
  readonly togglePage: (keys: readonly string[]) => void;
  readonly clear: () => void;
}

export function useSelection(): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  return {
    keys,
    toggle: (key) => setKeys((before) => toggled(before, [key])),
    togglePage: (page) => setKeys((before) => toggled(before, page)),
    clear: () => setKeys(new Set()),
  };
}

function toggled(before: ReadonlySet<string>, keys: readonly string[]): ReadonlySet<string> {
  const after = new Set(before);
  const all = keys.every((key) => before.has(key));
  for (const key of keys) {
    if (all) after.delete(key);
    else after.add(key);
  }
  return after;
}
