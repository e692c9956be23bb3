let dropped = 0;

/** Number of unknown parameter keys this process has dropped: newer producers may add some. */
export function unknownKeysDropped(): number {
  return dropped;
}

export function noteUnknown(count: number): void {
  dropped += count;
}
