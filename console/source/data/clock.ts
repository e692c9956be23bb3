import { signal } from "@preact/signals";

/** The time of this browser, milliseconds; moves once a second while the tab is visible. Relative times follow it. */
export const now = signal(Date.now());

export function startClock(): void {
  const move = () => {
    if (document.visibilityState === "visible") now.value = Date.now();
  };
  setInterval(move, 1000);
  document.addEventListener("visibilitychange", move);
}
