import type { ScreenName, Search } from "../data/routes.ts";

interface Target {
  readonly screen: ScreenName;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Search;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const PLACE = /^([^\s/:]+)\/(\d+)\/(\d+)$/;

/** Where the search box leads: an id, the place of a dead letter, a filter, or a part of a task's name. */
export function targetOf(text: string): Target | undefined {
  const asked = text.trim();
  if (asked === "") return undefined;
  if (UUID.test(asked)) return { screen: "activation", params: { id: asked } };
  const [, topic, partition, offset] = PLACE.exec(asked) ?? [];
  if (topic !== undefined && partition !== undefined && offset !== undefined) {
    return { screen: "letter", params: { topic, partition, offset } };
  }
  if (/^[a-z]+(\.[^=]+)?[:=<>]/.test(asked)) return { screen: "activations", search: { q: asked } };
  return { screen: "tasks", search: { find: asked } };
}
