let last = 0;

/** Bytes of this process's resident memory. While no file can be opened it cannot be read: then the last figure stands. */
export function residentMemory(): number {
  try {
    last = process.memoryUsage.rss();
  } catch {
    // No descriptor is free; the process logs that by itself.
  }
  return last;
}
