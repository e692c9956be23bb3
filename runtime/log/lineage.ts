/**
 * The starts of a journal, oldest first, the current one last: number, a random name, and the number of its last commit
 * before that start. An older copy of the journal's file knows the starts up to the copy, and those after it have other
 * names: whatever a later life stored in a log names a start, or a commit, that the copy cannot know.
 */
export type Lineage = readonly (readonly [boot: number, name: string, from: number])[];

/** Starts that are remembered. */
const MOST_STARTS = 500;

/** The lineage with one start more. */
export function withStart(lineage: Lineage, start: Lineage[number]): Lineage {
  return [...lineage, start].slice(-MOST_STARTS);
}

/** What is stored beside a position: everything up to this commit of this start is in the journal. */
export function generationOf(lineage: Lineage, commits: number): string {
  const [boot, name] = lineage.at(-1) ?? [0, "-"];
  return `${boot}.${name}.${commits}`;
}

/** What is stored when the journal begins to read; undefined when nothing is known of it. */
export function startOf(lineage: Lineage): string | undefined {
  const [, , from] = lineage.at(-1) ?? [];
  return from === undefined ? undefined : generationOf(lineage, from);
}

/** Whether a journal with this lineage made the commit that a generation names. What says nothing of it is believed. */
export function knows(lineage: Lineage, generation: string): boolean {
  const [, boot, name, commits] = /^(\d+)\.([^.]+)\.(\d+)$/.exec(generation) ?? [];
  const oldest = lineage[0];
  if (boot === undefined || oldest === undefined) return true;
  const at = lineage.findIndex((start) => start[0] === Number(boot) && start[1] === name);
  // Starts before the oldest one are forgotten.
  if (at < 0) return Number(boot) < oldest[0];
  const end = lineage[at + 1]?.[2] ?? Number.POSITIVE_INFINITY;
  return Number(commits) <= end;
}
