const FIRST_SLOTS = 64;
const LARGEST_SHARE = 0.75;
const SMALLEST_SHARE = 0.125;

/** A set of 64-bit hashes with 8 bytes per slot, by open addressing. The hash 0 is stored as 1. */
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
    if (this.#size >= this.#slots.length * LARGEST_SHARE) this.#resize(this.#slots.length * 2);
    const at = this.#find(this.#slots, kept);
    if (this.#slots[at] === kept) return;
    this.#slots[at] = kept;
    this.#size += 1;
  }

  delete(hash: bigint): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = this.#find(slots, hash === 0n ? 1n : hash);
    if (slots[free] === 0n) return;
    this.#size -= 1;
    // Later entries that had to give way to it move up, so that no free slot ends the search for them too early.
    for (let at = (free + 1) & mask; slots[at] !== 0n; at = (at + 1) & mask) {
      const home = Number((slots[at] ?? 0n) & 0xffffffffn) & mask;
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      slots[free] = slots[at] ?? 0n;
      free = at;
    }
    slots[free] = 0n;
    if (slots.length > FIRST_SLOTS && this.#size < slots.length * SMALLEST_SHARE) this.#resize(slots.length / 2);
  }

  #resize(length: number): void {
    const slots = new BigUint64Array(length);
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
