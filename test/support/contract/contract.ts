import type { Entry, Invoked, Run } from "./history.js";

/** A dead letter, by the id of the first run of its chain. */
export interface DeadLetter {
  /** Of the last run. */
  readonly id: string;
  readonly root: string;
  readonly reason: string;
}

/** All that is known from outside when the faults are over and nothing is in flight any more. */
export interface Evidence {
  readonly history: readonly Entry[];
  readonly deadLetters: readonly DeadLetter[];
  /** Discarded by a rule: the rule by the id of the run. It may be logged again after a kill. */
  readonly discards: ReadonlyMap<string, string>;
  /** What else than a kill in the history explains that work was started again. Asked once for each two runs. */
  readonly explains?: ((first: Run, second: Run) => boolean) | undefined;
}

/** Counts by chain; every broken rule in words. */
export interface Verdict {
  readonly attempted: number;
  readonly accepted: number;
  readonly completed: number;
  readonly deadlettered: number;
  readonly discarded: number;
  /** Runs that were started again under the same id. */
  readonly duplicated: number;
  /** Accepted and without an end. */
  readonly lost: readonly string[];
  /** All broken rules, the lost ones included. */
  readonly problems: readonly string[];
}

/** How far the clocks of one machine's processes and whole milliseconds may differ. */
const SLACK_MS = 5;
/** How long after its end an outcome is on the broker's disk at the latest, unless the broker was killed meanwhile. */
const SETTLED_MS = 2000;

interface Chain {
  readonly root: string;
  invoked: Invoked | undefined;
  accepted: boolean;
  readonly starts: Run[];
  readonly ends: Run[];
  readonly deadLetters: DeadLetter[];
  readonly rules: Set<string>;
}

/**
 * Holds the history against the contract: every accepted activation has exactly one accounted end, nothing ran that
 * nobody sent, at-most-once work started at most once, work started again only around a kill, no chain forked, nothing
 * started too early.
 */
export function check({ history, deadLetters, discards, explains = () => false }: Evidence): Verdict {
  const chains = new Map<string, Chain>();
  const chain = (root: string): Chain => {
    let found = chains.get(root);
    if (found === undefined) {
      found = { root, invoked: undefined, accepted: false, starts: [], ends: [], deadLetters: [], rules: new Set() };
      chains.set(root, found);
    }
    return found;
  };
  const roots = new Map<string, string>();
  const kills: number[] = [];
  const dead = new Set<number>();
  for (const entry of history) {
    switch (entry.what) {
      case "invoked":
        chain(entry.id).invoked = entry;
        break;
      case "accepted":
        chain(entry.id).accepted = true;
        break;
      case "started":
      case "ended":
        roots.set(entry.id, entry.root);
        chain(entry.root)[entry.what === "started" ? "starts" : "ends"].push(entry);
        break;
      case "killed":
        kills.push(entry.at);
        dead.add(entry.pid);
    }
  }
  for (const deadLetter of deadLetters) chain(deadLetter.root).deadLetters.push(deadLetter);
  for (const [id, rule] of discards) chain(roots.get(id) ?? id).rules.add(rule);

  const verdict = { attempted: 0, accepted: 0, completed: 0, deadlettered: 0, discarded: 0, duplicated: 0 };
  const lost: string[] = [];
  const problems: string[] = [];
  for (const each of chains.values()) {
    if (each.invoked === undefined) {
      problems.push(`unexpected: nobody sent ${each.root}: ${say(each)}`);
      continue;
    }
    verdict.attempted += 1;
    if (each.accepted) verdict.accepted += 1;
    const ends = endsOf(each, dead);
    if (ends.includes("completed")) verdict.completed += 1;
    if (ends.includes("deadlettered")) verdict.deadlettered += 1;
    if (ends.includes("discarded")) verdict.discarded += 1;
    if (ends.length === 0 && each.accepted) {
      lost.push(each.root);
      problems.push(`lost: ${each.root} was accepted and has no end: ${say(each)}`);
    }
    if (ends.length > 1) problems.push(`several ends of ${each.root}: ${ends.join(" and ")}: ${say(each)}`);
    const again = startedAgain(each.starts);
    verdict.duplicated += again.length;
    const unexplained = again.filter(([first, second]) => !explains(first, second));
    problems.push(...problemsOf(each, each.invoked, unexplained, kills));
  }
  return { ...verdict, lost, problems };
}

/**
 * The ends of a chain. A dead letter wins over a handler that returned in a process that was killed: its outcome may
 * have died with it.
 */
function endsOf({ ends, deadLetters, rules }: Chain, dead: ReadonlySet<number>): string[] {
  const others = [...(deadLetters.length > 0 ? ["deadlettered"] : []), ...(rules.size > 0 ? ["discarded"] : [])];
  const proven = ends.some(({ pid }) => !dead.has(pid));
  return proven || (ends.length > 0 && others.length === 0) ? ["completed", ...others] : others;
}

function problemsOf(
  { root, starts, ends, deadLetters }: Chain,
  { atMostOnce, notBefore }: Invoked,
  again: readonly (readonly [Run, Run])[],
  kills: readonly number[],
): string[] {
  const problems: string[] = [];
  if (atMostOnce && starts.length > 1) problems.push(`${root} may start once: ${starts.map(sayRun).join(", ")}`);
  for (const [first, second] of again) {
    const end = ends.find((run) => run.id === first.id && run.at >= first.at && run.at <= second.at)?.at;
    const inFlight = (at: number) =>
      at >= first.at - SLACK_MS && at <= second.at + SLACK_MS && at <= (end ?? at) + SETTLED_MS;
    const explained = kills.some(inFlight);
    if (!explained) problems.push(`no kill explains that ${root} ran again: ${sayRun(first)}, ${sayRun(second)}`);
  }
  const early = starts.find(({ at }) => at < notBefore - SLACK_MS);
  if (early !== undefined) problems.push(`${root} started ${notBefore - early.at} ms too early: ${sayRun(early)}`);
  const links = new Map<number, string>();
  for (const { attempt, id } of starts) {
    const other = links.get(attempt) ?? id;
    if (other !== id) problems.push(`the chain of ${root} forked: attempt ${attempt} is ${other} and ${id}`);
    links.set(attempt, other);
  }
  const ids = new Set(deadLetters.map(({ id }) => id));
  if (ids.size > 1) problems.push(`${root} has dead letters of several runs: ${[...ids].join(", ")}`);
  return problems;
}

/** Each start but the first of the same id, with the one before it. */
function startedAgain(starts: readonly Run[]): (readonly [Run, Run])[] {
  const last = new Map<string, Run>();
  const pairs: (readonly [Run, Run])[] = [];
  for (const start of starts) {
    const before = last.get(start.id);
    if (before !== undefined) pairs.push([before, start]);
    last.set(start.id, start);
  }
  return pairs;
}

function say({ accepted, starts, ends, deadLetters, rules }: Chain): string {
  return [
    accepted ? "accepted" : "not accepted",
    ...starts.map(sayRun),
    ...ends.map(sayRun),
    ...deadLetters.map(({ id, reason }) => `dead letter ${id} (${reason})`),
    ...[...rules].map((rule) => `discarded (${rule})`),
  ].join(", ");
}

function sayRun({ what, id, attempt, pid, at }: Run): string {
  return `${what} ${id} attempt ${attempt} in ${pid} at ${new Date(at).toISOString().slice(11, 23)}`;
}
