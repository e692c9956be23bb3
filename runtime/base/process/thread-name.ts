import { writeFileSync } from "node:fs";

/** Names the calling thread for tools that list threads, such as `top -H`: at most 15 bytes, on Linux only. */
export function nameThread(name: string): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync("/proc/thread-self/comm", name);
  } catch {
    // A system without /proc shows no names.
  }
}
