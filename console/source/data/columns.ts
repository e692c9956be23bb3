import { effect, signal } from "@preact/signals";

const KEY = "taskwire-console-columns";
/** Longest text that is read back, and most columns of a list: what is longer was not written by this page. */
const LONGEST = 4096;
const MOST = 32;

/** The lists whose columns can be chosen. */
const LISTS = ["activations", "ends", "letters", "tasks"] as const;
export type ListName = (typeof LISTS)[number];

/** For the columns that somebody chose by id: whether they are shown. */
type Choice = Readonly<Record<string, boolean>>;
type Choices = Readonly<Partial<Record<ListName, Choice>>>;

/** Which columns a person shows, kept in this browser: a link shows others their own. */
export const columnChoices = signal<Choices>(choicesOf(stored()));

export function chooseColumn(list: ListName, id: string, shown: boolean): void {
  columnChoices.value = { ...columnChoices.value, [list]: { ...columnChoices.value[list], [id]: shown } };
}

/** Back to the columns that the list has by itself. */
export function forgetColumns(list: ListName): void {
  columnChoices.value = { ...columnChoices.value, [list]: undefined };
}

/** Stores changes. */
export function keepColumns(): void {
  effect(() => {
    try {
      localStorage.setItem(KEY, JSON.stringify(columnChoices.value));
    } catch {
      // Storage is full or forbidden: the choice holds for this page.
    }
  });
}

/** Stored choices; what is none is left out. Exported for tests. */
export function choicesOf(text: string): Choices {
  if (text.length > LONGEST) return {};
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    return {};
  }
  const found = new Map(entriesOf(written));
  return Object.fromEntries(LISTS.map((list) => [list, choiceOf(found.get(list))]));
}

function choiceOf(written: unknown): Choice | undefined {
  const entries = entriesOf(written)
    .flatMap(([id, shown]): [string, boolean][] => (typeof shown === "boolean" ? [[id, shown]] : []))
    .slice(0, MOST);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function entriesOf(written: unknown): [string, unknown][] {
  return typeof written === "object" && written !== null ? Object.entries(written) : [];
}

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
