import { type EditedParameters, replayed, replayId } from "../../../activation/replay.js";
import { breathe } from "../../../base/breathe.js";
import type { Clock } from "../../../base/clock.js";
import { messageOf } from "../../../base/errors.js";
import { failpoint } from "../../../base/failpoint.js";
import { grouped } from "../../../base/grouped.js";
import { type LogRecord, type Place, RecordTooLargeError } from "../../../log/port.js";
import { placeIn, placeText } from "../../../operations/letter-place.js";
import type { Feeder } from "../feeder.js";
import type { LetterIndex } from "../index/letter-index.js";
import { cut } from "../records/headers.js";
import { type Marker, markerRecord } from "../records/marker.js";
import { type Standing, stateOf } from "../records/standing.js";
import { lettersAt, type StoredLetter, unreadable } from "./records.js";
import { type Destination, type Routes, routeOf } from "./route.js";
import { leftOut, type Outcome } from "./verdict.js";

/** Characters of a name in a marker. */
const LONGEST_ACTOR = 256;
/** Letters that are decoded and encoded in one turn of the event loop, and those that are looked up or appended in one. */
const WITHOUT_BREATH = 16;
const AT_ONCE = 64;

/** The topic whose letters are resolved, and who resolves them. */
export interface Resolving {
  readonly feeder: Feeder;
  readonly index: LetterIndex;
  readonly by: string;
  /** Nothing is changed. */
  readonly dryRun: boolean;
  /** More is resolved after it, which reads the topic first: so the markers of replays need not be read back now. */
  readonly goesOn?: boolean;
}

interface ReplayOptions {
  readonly mayHaveStarted: boolean;
  /** Only for one letter. */
  readonly parameters?: EditedParameters | undefined;
}

/** A letter that is resolved now. */
interface Due {
  readonly stored: StoredLetter;
  readonly at: number;
}

interface Replay extends Due {
  readonly to: Destination;
  readonly id: string;
  readonly record: LogRecord;
}

/**
 * Resolves dead letters: reads their topic to its end, leaves alone what is resolved, acts, and appends a marker once that is
 * durable. A kill in between leaves a letter open, and the same request again has the same effect. One call at a time.
 */
export class Resolver {
  readonly #routes: Routes;
  readonly #clock: Clock;
  /** At most one for each topic of the environment. */
  readonly #destinations: Destination[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(routes: Routes, clock: Clock) {
    this.#routes = routes;
    this.#clock = clock;
  }

  /** Outcomes in the order of places. Rejects with OperationError when the topic cannot be read. */
  replay(resolving: Resolving, places: readonly Place[], options: ReplayOptions): Promise<Outcome[]> {
    return this.#alone(async () => {
      const outcomes: Outcome[] = [];
      const replays: Replay[] = [];
      for (const [count, { stored, at }] of (await this.#open(resolving, places, outcomes)).entries()) {
        if (count % WITHOUT_BREATH === WITHOUT_BREATH - 1) await breathe();
        const why = leftOut(stored.letter, options.mayHaveStarted);
        const to = why === undefined ? await this.#destination(stored) : undefined;
        if (to === undefined) outcomes[at] = { kind: "left_out", why: why ?? "no_route" };
        else replays.push(this.#replay(stored, at, to, options));
      }
      if (resolving.dryRun) {
        for (const { at, id, to } of replays) outcomes[at] = { kind: "replayed", id, topic: to.topic };
        return outcomes;
      }
      const sent = await this.#send(replays, outcomes);
      if (sent.length > 0) failpoint("letters.replay-appended");
      const marked = sent.map(({ stored, at, id, to }) => ({
        ...{ stored, at, replay: id },
        outcome: { kind: "replayed", id, topic: to.topic } as const,
      }));
      await this.#mark(resolving, "replayed", marked, outcomes);
      return outcomes;
    });
  }

  /** The same: from here on a letter counts as deleted. On an embedded log its bytes are emptied. */
  purge(resolving: Resolving, places: readonly Place[]): Promise<Outcome[]> {
    return this.#alone(async () => {
      const outcomes: Outcome[] = [];
      const due = await this.#open(resolving, places, outcomes);
      const marked = due.map((each) => ({ ...each, replay: "", outcome: { kind: "purged" } as const }));
      if (resolving.dryRun) for (const { at, outcome } of marked) outcomes[at] = outcome;
      else await this.#mark(resolving, "purged", marked, outcomes);
      return outcomes;
    });
  }

  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The open letters at these places, each once; the outcomes of all others are set. */
  async #open({ feeder, index }: Resolving, places: readonly Place[], outcomes: Outcome[]): Promise<Due[]> {
    const { source } = feeder;
    const [found] = await Promise.all([lettersAt(source, places), feeder.pass()]);
    if (feeder.error !== undefined) throw unreadable(source.name, feeder.error);
    const asked: Promise<readonly Standing[]>[] = [];
    for await (const part of parts(found)) {
      const identities = part.map((stored) => stored?.letter.identity ?? "");
      asked.push(index.standings(source.name, identities));
    }
    const standings = (await Promise.all(asked)).flat();
    const due = new Map<string, Due>();
    for (const [at, stored] of found.entries()) {
      const standing = standings[at];
      const state = standing === undefined ? "open" : stateOf(standing);
      if (stored === undefined) outcomes[at] = { kind: "unknown" };
      else if (state !== "open") outcomes[at] = { kind: "already", state };
      else if (due.has(stored.letter.identity)) outcomes[at] = { kind: "failed", why: "the request names it twice" };
      else due.set(stored.letter.identity, { stored, at });
    }
    return [...due.values()];
  }

  /** The same object for the same destination. */
  async #destination({ letter }: StoredLetter): Promise<Destination | undefined> {
    const origin = placeIn(letter.origin)?.topic ?? "";
    const to = await routeOf(this.#routes, letter.namespace, origin);
    if (to === undefined) return undefined;
    const known = this.#destinations.find(({ log, topic }) => log === to.log && topic === to.topic);
    if (known === undefined) this.#destinations.push(to);
    return known ?? to;
  }

  #replay(stored: StoredLetter, at: number, to: Destination, { parameters }: ReplayOptions): Replay {
    const { letter, record } = stored;
    const id = replayId(letter.identity);
    const change = { id, of: placeText(letter), now: this.#clock.wall(), parameters };
    return { stored, at, to, id, record: { key: id, value: replayed(record.value, change) } };
  }

  /** Appends the activations; resolves with those that are durable. */
  async #send(replays: readonly Replay[], outcomes: Outcome[]): Promise<Replay[]> {
    const sent: Replay[] = [];
    const appends: Promise<void>[] = [];
    for (const [to, group] of grouped(replays, (replay) => replay.to))
      for await (const part of parts(group)) appends.push(this.#append(to, part, sent, outcomes));
    await Promise.all(appends);
    return sent;
  }

  /** `sent` gets those that are durable, `outcomes` why the others are not. */
  async #append(to: Destination, group: readonly Replay[], sent: Replay[], outcomes: Outcome[]): Promise<void> {
    const append = async (some: readonly Replay[]) => {
      await to.log.append(
        to.topic,
        some.map(({ record }) => record),
      );
      sent.push(...some);
    };
    try {
      await append(group);
    } catch (error) {
      // One by one: only the record that is too large is refused.
      const each = error instanceof RecordTooLargeError && group.length > 1 ? group.map((one) => [one]) : [];
      for (const { at } of group) outcomes[at] = { kind: "failed", why: messageOf(error) };
      for (const some of each) {
        await append(some).catch((alone: unknown) => {
          for (const { at } of some) outcomes[at] = { kind: "failed", why: messageOf(alone) };
        });
      }
    }
  }

  /** Appends the markers, each to its letter's partition, and reads them back. */
  async #mark(
    { feeder, by, goesOn = false }: Resolving,
    resolution: Marker["resolution"],
    due: readonly (Due & { readonly replay: string; readonly outcome: Outcome })[],
    outcomes: Outcome[],
  ): Promise<void> {
    const { topic, log } = feeder.source;
    const at = Math.floor(this.#clock.wall());
    for (const [partition, group] of grouped(due, ({ stored }) => stored.letter.partition)) {
      const append = async (part: readonly (typeof group)[number][]) => {
        const records = part.map(({ stored, replay }) =>
          markerRecord(stored.letter, stored.record.key, { resolution, by: cut(by, LONGEST_ACTOR), at, replay }),
        );
        try {
          await log.append(topic, records, { partition });
          for (const each of part) outcomes[each.at] = each.outcome;
        } catch (error) {
          const why = `its marker cannot be appended, and it stays open: ${messageOf(error)}`;
          for (const each of part) outcomes[each.at] = { kind: "failed", why };
        }
      };
      const appends: Promise<void>[] = [];
      for await (const part of parts(group)) appends.push(append(part));
      await Promise.all(appends);
    }
    if (due.length === 0) return;
    failpoint("letters.marker-appended");
    if (goesOn && resolution === "replayed") return;
    // What is appended counts, also when the index cannot be written now.
    const problem = await feeder.pass().then(
      () => feeder.unscrubbed,
      (error: unknown) => messageOf(error),
    );
    if (resolution !== "purged" || problem === undefined) return;
    const why = `its bytes are still in the log, which is tried again with the next question and once a second: ${problem}`;
    for (const { at: of } of due) if (outcomes[of]?.kind === "purged") outcomes[of] = { kind: "purged", why };
  }
}

/** Parts of a list, one in each turn of the event loop. */
async function* parts<T>(list: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < list.length; from += AT_ONCE) {
    if (from > 0) await breathe();
    yield list.slice(from, from + AT_ONCE);
  }
}
