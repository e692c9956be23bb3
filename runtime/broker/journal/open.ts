import type { Recovered } from "../inflight/persisted.js";
import { isMarked } from "./salvage/marker.js";
import { rebuild } from "./salvage/rebuild.js";
import { Store } from "./store.js";
import type { FileOptions } from "./tables/connection.js";
import { isDamage } from "./tables/damage.js";

export interface Opened {
  readonly store: Store;
  readonly recovered: Omit<Recovered, "kind">;
}

/** Opens the file; a damaged one is rebuilt first. Throws what the constructor of Store throws. */
export function openStore(file: string, options: FileOptions): Opened {
  if (isMarked(file)) rebuild(file);
  try {
    return recover(file, options);
  } catch (error) {
    if (!isMarked(file)) throw error;
    rebuild(file);
    return recover(file, options);
  }
}

function recover(file: string, options: FileOptions): Opened {
  const store = new Store(file, options);
  try {
    return { store, recovered: store.recover() };
  } catch (error) {
    if (isDamage(error)) store.markDamaged(error);
    store.close();
    throw error;
  }
}
