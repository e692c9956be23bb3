import { hash64 } from "../../../base/ids.js";
import type { Facts } from "../row.js";
import { IdSet } from "./id-set.js";

/** Ids of delayed and parked activations that only the journal has. Those that are not remembered when finished are left out. */
export class StoredOnlyIds {
  readonly #hashes = new IdSet();

  recovered(hashes: BigUint64Array): void {
    for (const hash of hashes) this.#hashes.add(hash);
  }

  has(id: string): boolean {
    return this.#hashes.size > 0 && this.#hashes.has(hash64(id));
  }

  /** The activation leaves memory. */
  add({ id, remembered }: Facts): void {
    if (remembered) this.#hashes.add(hash64(id));
  }

  /** The activation comes back from the journal. */
  delete({ id, remembered }: Facts): void {
    if (remembered) this.#hashes.delete(hash64(id));
  }
}
