/**
 * The starts of a journal, oldest first, the current one last: number, random name, and number of the last commit before
 * the start. An older copy of the journal's file has the starts up to the copy, and its own later starts have other names:
 * what the original stored in a log after the copy names a start or a commit that the copy does not know.
 */
export type Lineage = readonly (readonly [boot: number, name: string, from: number])[];

/** How many starts are kept. */
const MOST_STARTS = 500;

/** The lineage with another start. */
export function withStart(lineage: Lineage, start: Lineage[number]): Lineage {
  return [...lineage, start].slice(-MOST_STARTS);
}

/** The name of a commit of the current start; stored in a log beside each position. */
export function commitName(lineage: Lineage, commits: number): string {
  const [boot, name] = lineage.at(-1) ?? [0, "-"];
  return `${boot}.${name}.${commits}`;
}

/** The name of the commit that the current start began with; undefined for an empty lineage. */
export function startCommitName(lineage: Lineage): string | undefined {
  const [, , from] = lineage.at(-1) ?? [];
  return from === undefined ? undefined : commitName(lineage, from);
}

/**
 * Whether a journal with this lineage made the commit of that name. True for a name that is none, and for one of a start
 * before the oldest that is remembered.
 */
export function knows(lineage: Lineage, name: string): boolean {
  const [, boot, start, commits] = /^(\d+)\.([^.]+)\.(\d+)$/.exec(name) ?? [];
  const oldest = lineage[0];
  if (boot === undefined || oldest === undefined) return true;
  const at = lineage.findIndex((known) => known[0] === Number(boot) && known[1] === start);
  if (at < 0) return Number(boot) < oldest[0];
  const end = lineage[at + 1]?.[2] ?? Number.POSITIVE_INFINITY;
  return Number(commits) <= end;
}
