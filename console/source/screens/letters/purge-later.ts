import { signal } from "@preact/signals";
import { problemOf } from "../../data/problem-error.ts";
import { toast } from "../../parts/page/toasts.tsx";

/** How long a purge can be undone, milliseconds. */
const UNDO = 10_000;

/** Places of letters that are about to be purged. */
export const purging = signal<ReadonlySet<string>>(new Set());

interface Purge {
  /** What is purged, as in "3 dead letters". */
  readonly what: string;
  /** Those that are listed; empty: all that match a filter. */
  readonly places: readonly string[];
  /** Purges; resolves with what it did, and whether all was done. */
  readonly run: () => Promise<{ readonly text: string; readonly whole: boolean }>;
  readonly onDone: () => void;
}

/** Purges in 10 s, unless the person undoes it. Leaving the page is undoing it, too: nothing is lost by accident. */
export function purgeLater({ what, places, run, onDone }: Purge): void {
  const clear = () => {
    purging.value = new Set([...purging.peek()].filter((place) => !places.includes(place)));
  };
  purging.value = new Set([...purging.peek(), ...places]);
  const timer = setTimeout(async () => {
    try {
      const { text, whole } = await run();
      toast(text, { level: whole ? "done" : "failed" });
    } catch (error) {
      toast(`Not purged: ${problemOf(error).message}`, { level: "failed" });
    }
    clear();
    onDone();
  }, UNDO);
  toast(`Purging ${what} in 10 s`, {
    shown: UNDO,
    action: {
      label: "Undo",
      run: () => {
        clearTimeout(timer);
        clear();
      },
    },
  });
}
