let dropped = 0;

/** How many keys of parameters this process has dropped because it does not know them: newer producers may add some. */
export function unknownKeysDropped(): number {
  return dropped;
}

export function noteUnknown(count: number): void {
  dropped += count;
}
