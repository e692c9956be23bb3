import { signal } from "@preact/signals";

/** Shortest time from one announcement of changed numbers to the next, milliseconds. */
const PACE = 10_000;

const spoken = signal("");
let lastAt = 0;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Says something once for people who cannot see that it happened; what they did themselves is said at once. */
export function announce(text: string): void {
  clearTimeout(waiting);
  lastAt = Date.now();
  spoken.value = text;
}

/** Says something that happened by itself; at most every 10 s, the last one of several. */
export function announceCalmly(text: string): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => announce(text), Math.max(0, lastAt + PACE - Date.now()));
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {spoken.value}
    </div>
  );
}
