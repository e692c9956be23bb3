const FIRST_SLOTS = 64;
const LARGEST_SHARE = 0.75;

/** A set of 64-bit hashes in 8 bytes a slot, by open addressing. The hash 0 is stored as 1. */
export class IdSet {
  #slots = new BigUint64Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(hash: bigint): boolean {
    return this.#slots[this.#find(this.#slots, hash === 0n ? 1n : hash)] !== 0n;
  }

  add(hash: bigint): void {
    const kept = hash === 0n ? 1n : hash;
    if (this.#size >= this.#slots.length * LARGEST_SHARE) this.#grow();
    const at = this.#find(this.#slots, kept);
    if (this.#slots[at] === kept) return;
    this.#slots[at] = kept;
    this.#size += 1;
  }

  #grow(): void {
    const slots = new BigUint64Array(this.#slots.length * 2);
    for (const hash of this.#slots) if (hash !== 0n) slots[this.#find(slots, hash)] = hash;
    this.#slots = slots;
  }

  /** Where the hash is, or the free slot where it belongs. */
  #find(slots: BigUint64Array, hash: bigint): number {
    const mask = slots.length - 1;
    let at = Number(hash & 0xffffffffn) & mask;
    for (let kept = slots[at]; kept !== 0n && kept !== hash; kept = slots[at]) at = (at + 1) & mask;
    return at;
  }
}
