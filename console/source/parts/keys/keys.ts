import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { settings } from "../../data/settings.ts";

interface Shortcut {
  /** One key as KeyboardEvent.key has it, or two after each other: "g o". */
  readonly keys: string;
  /** What it does, for the help: "Move down". */
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
}

interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** Every group of shortcuts of what is shown; the newest wins where two have the same key. */
export const shortcutGroups = signal<readonly ShortcutGroup[]>([]);

/** How long the second key of a sequence may take, milliseconds. */
const SEQUENCE = 1500;

/** Adds shortcuts while a component is shown. `shortcuts` may be new each time; the next key has those of the last render. */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[], active = true): void {
  useLayoutEffect(() => {
    if (!active) return;
    const group = { title, shortcuts };
    shortcutGroups.value = [...shortcutGroups.peek(), group];
    return () => {
      shortcutGroups.value = shortcutGroups.peek().filter((each) => each !== group);
    };
  });
}

/** Listens for the shortcuts of the page; ends never, as the page does not. */
export function listenForShortcuts(): void {
  let first = "";
  let firstAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !areOn(event)) return;
    const sequence = event.timeStamp - firstAt < SEQUENCE ? `${first} ${event.key}` : "";
    const all = shortcutGroups.peek().flatMap(({ shortcuts }) => shortcuts);
    const found = all.findLast(({ keys }) => keys === sequence) ?? all.findLast(({ keys }) => keys === event.key);
    first = "";
    if (found !== undefined) {
      event.preventDefault();
      found.run(event);
    } else if (all.some(({ keys }) => keys.startsWith(`${event.key} `))) {
      first = event.key;
      firstAt = event.timeStamp;
    }
  });
}

/** Off while somebody types, while a dialog is open, where buttons and links take the key, and when they are turned off. */
function areOn(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!settings.peek().shortcuts && event.key !== "?") return false;
  if (!(target instanceof Element)) return true;
  if (target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null)
    return false;
  if (document.querySelector("dialog[open]") !== null) return false;
  return event.key !== "Enter" || target.closest("a, button, summary") === null;
}
