import type { FilterNoun } from "../../../runtime/operations/filter/filter.js";
import type { Route, ScreenName, Search } from "../data/routes.ts";
import { readFilter } from "../parts/filter/read-filter.ts";
import { type Known, matching, type Suggestion, suggest } from "../parts/filter/suggest.ts";

export interface Target {
  readonly screen: ScreenName;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Search;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const PLACE = /^([^\s/:]+)\/(\d+)\/(\d+)$/;
const TERM = /^[a-z]+(\.[^=]+)?[:=<>]/;
/** Tasks that are suggested; a list of all that match is behind Enter. */
const MOST_TASKS = 8;

/** The list that a filter in the search box is for: the one at hand, else activations in flight. */
export function nounOf(route: Route | undefined, search: URLSearchParams): FilterNoun {
  if (route?.screen === "letters") return "letters";
  return route?.screen === "activations" && search.get("tab") === "ended" ? "ends" : "activations";
}

/** Where the search box leads: an id, the place of a dead letter, a filter of a list, or a part of a task's name. */
export function targetOf(text: string, noun: FilterNoun = "activations"): Target | undefined {
  const asked = text.trim();
  if (asked === "") return undefined;
  if (UUID.test(asked)) return { screen: "activation", params: { id: asked } };
  const [, topic, partition, offset] = PLACE.exec(asked) ?? [];
  if (topic !== undefined && partition !== undefined && offset !== undefined) {
    return { screen: "letter", params: { topic, partition, offset } };
  }
  if (!TERM.test(asked)) return { screen: "tasks", search: { find: asked } };
  // A filter that only another list can have leads to that one; what none can read, the list at hand says.
  const nouns: readonly FilterNoun[] = [noun, "activations", "ends", "letters"];
  switch (nouns.find((each) => !(readFilter(asked, each) instanceof Error)) ?? noun) {
    case "letters":
      return { screen: "letters", search: { q: asked } };
    case "ends":
      return { screen: "activations", search: { q: asked, tab: "ended" } };
    default:
      return { screen: "activations", search: { q: asked } };
  }
}

/** A suggestion of the search box; with `task` it leads to that task's page. */
interface SearchSuggestion extends Suggestion {
  readonly task?: string;
}

/** What may follow: keys and values of a filter, and tasks while a single word is typed. */
export function searchSuggestions(
  text: string,
  caret: number,
  noun: FilterNoun,
  known: Known,
): readonly SearchSuggestion[] {
  const isWord = /^\S*$/.test(text) && !TERM.test(text);
  if (!isWord) return suggest(text, caret, noun, known);
  // The names of tasks stand for themselves here, not for a filter by task.
  const keys = suggest(text, caret, noun, { ...known, task: [] });
  const names = text === "" ? [] : matching(known.task ?? [], text).slice(0, MOST_TASKS);
  return [
    ...names.map((task) => ({ text: task, about: "task", filter: task, caret: task.length, task })),
    ...keys.filter((key) => !names.includes(key.text)),
  ];
}
