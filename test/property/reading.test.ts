import fc from "fast-check";
import { expect, it } from "vitest";
import type { State } from "#runtime/activation/states.js";
import { Tallies } from "#runtime/broker/inflight/counts/tally.js";
import { Row, storedForm } from "#runtime/broker/inflight/live-row.js";
import { everyMatch } from "#runtime/broker/reading/every-match.js";
import { listActivations } from "#runtime/broker/reading/list.js";
import { openMatcher } from "#runtime/broker/reading/matcher.js";
import type { Sources } from "#runtime/broker/reading/sources.js";
import type { ActivationRow, ListActivationsAnswer } from "#runtime/operations/documents/activations.js";
import { MemoryJournal } from "#runtime/testing/broker/memory-journal.js";
import { changes, row } from "../support/journal.js";
import { ManualClock } from "../unit/worker/manual-clock.js";

const RUNS = Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 300);
const TOPICS = ["one", "two"];

/** What happens to one activation; `pick` says to which. */
type Change =
  | { readonly kind: "arrive" | "arriveDelayed"; readonly task: number; readonly topic: number; readonly due: number }
  | { readonly kind: "load" | "due" | "claim" | "park" | "unpark" | "retry" | "settle"; readonly pick: number }
  | { readonly kind: "commit" };

/** Activations that change as in the machine: rows leave memory when they are delayed for long or parked, and come back. */
class World implements Sources {
  readonly journal = new MemoryJournal("");
  readonly clock = new ManualClock();
  readonly tallies = new Tallies();
  /** Every activation that was ever there, and the states that it was in since `forget`. */
  readonly all: Row[] = [];
  readonly history = new Map<Row, Set<State | "gone">>();
  readonly #memory = new Map<string, Row>();
  /** The states of each row that the file had since `forget`; the last one is that of now, or its last. */
  readonly written = new Map<Row, State[]>();
  #dirty: Row[] = [];
  #commit = 0;

  get live() {
    const memory = this.#memory;
    return {
      get: (id: string) => memory.get(id),
      count: (state: State) => [...memory.values()].filter((row) => row.state === state).length,
      get size() {
        return memory.size;
      },
      [Symbol.iterator]: () => memory.values(),
    };
  }

  get snapshot() {
    return { tallies: this.tallies, topics: new Map(TOPICS.map((topic) => [topic, undefined])) };
  }

  apply(change: Change): void {
    switch (change.kind) {
      case "arrive":
      case "arriveDelayed":
        this.#arrive(change.kind === "arrive" ? "pending" : "delayed", change);
        return;
      case "commit":
        this.commit();
        return;
      case "load":
        this.#with(change.pick, ["delayed", "parked"], false, (row) => void this.#memory.set(row.facts.id, row));
        return;
      case "due":
        // A delay that passes is not written.
        this.#with(change.pick, ["delayed"], true, (row) => this.#move(row, "pending", false));
        return;
      case "claim":
        this.#with(change.pick, ["pending"], true, (row) => this.#move(row, "processing"));
        return;
      case "park":
        this.#with(change.pick, ["pending"], true, (row) => this.#move(row, "parked"));
        return;
      case "unpark":
        this.#with(change.pick, ["parked"], true, (row) => this.#move(row, "pending"));
        return;
      case "retry":
        this.#with(change.pick, ["processing"], true, (row) => this.#move(row, "retry"));
        return;
      case "settle":
        this.#with(change.pick, ["pending", "processing", "retry", "delayed"], true, (row) => {
          row.tally.move(row.state, undefined);
          row.settled = true;
          this.history.get(row)?.add("gone");
          this.#memory.delete(row.facts.id);
          this.#dirty.push(row);
        });
        return;
    }
  }

  /** What is delayed or parked leaves memory. */
  commit(): void {
    const dirty = [...new Set(this.#dirty)];
    this.#dirty = [];
    this.#commit += 1;
    const kept = dirty.filter(({ settled }) => !settled);
    for (const { state, facts } of kept) if (state === "delayed" || state === "parked") this.#memory.delete(facts.id);
    const inserts = kept.filter((row) => !this.written.has(row));
    const updates = kept.filter((row) => this.written.has(row));
    for (const row of kept) this.written.set(row, [...(this.written.get(row) ?? []), row.state]);
    void this.journal.commit(
      changes(this.#commit, {
        inserts: inserts.map((row) => storedForm(row, 0)),
        updates: updates.map((row) => storedForm(row, 0)),
        deletes: dirty.filter(({ settled }) => settled).map(({ facts }) => facts.seq),
      }),
      false,
    );
  }

  forget(): void {
    this.history.clear();
    for (const [row, states] of this.written) this.written.set(row, states.slice(-1));
    for (const row of this.all) {
      this.history.set(row, new Set([row.settled ? "gone" : row.state]));
    }
  }

  #arrive(state: State, { task, topic, due }: Extract<Change, { kind: "arrive" | "arriveDelayed" }>): void {
    const seq = this.all.length + 1;
    const names = { application: "app", namespace: "n", task: `t${task}` };
    const facts = row(seq, {
      ...names,
      topic: TOPICS[topic] ?? "one",
      due: state === "delayed" ? 1000 + due : 0,
      receivedAt: due,
    });
    const added = new Row(facts, this.tallies.of(names), state);
    added.tally.move(undefined, state);
    this.all.push(added);
    this.history.set(added, new Set(["gone", state]));
    this.#memory.set(facts.id, added);
    if (state === "delayed") this.#dirty.push(added);
  }

  #with(pick: number, states: readonly State[], live: boolean, change: (row: Row) => void): void {
    const rows = this.all.filter(
      (each) => !each.settled && states.includes(each.state) && (this.#memory.get(each.facts.id) === each) === live,
    );
    const found = rows[pick % Math.max(rows.length, 1)];
    if (found !== undefined) change(found);
  }

  #move(moved: Row, state: State, written = true): void {
    moved.tally.move(moved.state, state);
    moved.state = state;
    this.history.get(moved)?.add(state);
    if (written) this.#dirty.push(moved);
  }
}

const KINDS = ["load", "due", "claim", "park", "unpark", "retry", "settle"] as const;
const pick = fc.nat({ max: 1000 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("arrive" as const, "arriveDelayed" as const, "arriveDelayed" as const),
    task: fc.nat({ max: 2 }),
    topic: fc.nat({ max: 1 }),
    due: fc.nat({ max: 5 }),
  }),
  fc.record({ kind: fc.constantFrom(...KINDS), pick }),
  fc.constant({ kind: "commit" as const }),
);

/** What a list is ordered by: the state, then facts that never change; `byNames`: delayed ones by task, too. */
function placeOf({ id, state, task, topic }: ActivationRow, byNames: boolean, { all }: World): (string | number)[] {
  const facts = all.find((each) => each.facts.id === id)?.facts;
  if (facts === undefined) throw new Error(`${id} was never there`);
  const { seq, due, receivedAt } = facts;
  const place = ["processing", "pending", "retry", "failure", "delayed", "parked"].indexOf(state);
  if (state === "parked" || (state === "delayed" && byNames)) return [place, task, topic, receivedAt, seq];
  return state === "delayed" ? [place, due, seq] : [place, seq];
}

function compare(
  [state = 0, ...one]: readonly (string | number)[],
  [otherState = 0, ...other]: readonly (string | number)[],
  order: "oldest" | "newest",
): number {
  if (state !== otherState) return state < otherState ? -1 : 1;
  const at = one.findIndex((each, index) => each !== other[index]);
  if (at < 0) return 0;
  return (one[at] ?? 0) < (other[at] ?? 0) === (order === "oldest") ? -1 : 1;
}

it("a pass over activations that change lists each at most once per state, in its order, and every one that keeps its state", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 20, maxLength: 120 }),
      fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom("", "task:t1,t2", "topic:two", "state:delayed", "state:parked,pending", "args.x=1", "attempts:1"),
      fc.constantFrom("oldest" as const, "newest" as const),
      async (before, meanwhile, limit, q, order) => {
        const world = new World();
        for (const each of before) world.apply(each);
        world.forget();
        const script = [...meanwhile];
        const step = () => {
          for (const each of script.shift() ?? []) world.apply(each);
        };
        const page = world.journal.page;
        world.journal.page = async (request) => {
          const answer = await page(request);
          step();
          return answer;
        };
        const matcher = await openMatcher(q, world.clock.wall());
        const seen = new Map<string, number>();
        const listed: ActivationRow[] = [];
        let cursor: string | null = null;
        do {
          const answer: ListActivationsAnswer = await listActivations(
            world,
            cursor === null ? { q, limit, order } : { q, limit, order, cursor },
            new AbortController().signal,
          );
          expect(answer.rows.length).toBeLessThanOrEqual(limit);
          listed.push(...answer.rows);
          for (const { id, state } of answer.rows) seen.set(`${id} ${state}`, (seen.get(`${id} ${state}`) ?? 0) + 1);
          cursor = answer.next;
          step();
        } while (cursor !== null);
        expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
        const places = listed.map((row) => placeOf(row, q.includes("task") || q.includes("topic"), world));
        expect(places).toEqual([...places].sort((one, other) => compare(one, other, order)));
        for (const [each, states] of world.history) {
          for (const state of ["processing", "pending", "retry", "failure", "delayed", "parked"] as const) {
            const listed = seen.has(`${each.facts.id} ${state}`);
            // When it leaves memory, the file is all that is left of it, as of the last commit.
            const left = states.has("gone") || states.has("parked") || states.has("delayed");
            const was = states.has(state) || (left && world.written.get(each)?.includes(state) === true);
            if (listed) expect([each.facts.id, state, was]).toEqual([each.facts.id, state, true]);
            const [only] = states.size === 1 ? states : [];
            if (only === state && matcher.matches(each.facts, each)) {
              expect([each.facts.id, state, listed]).toEqual([each.facts.id, state, true]);
            }
          }
        }
      },
    ),
    { numRuns: RUNS },
  );
});

it("bulk work comes to everything that matches and stays in flight, wherever it is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 20, maxLength: 120 }),
      fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 20 }),
      fc.constantFrom("", "task:t1,t2", "topic:two", "state:delayed", "id:a1,a2,a7", "id:a*"),
      async (before, meanwhile, q) => {
        const world = new World();
        for (const each of before) world.apply(each);
        world.forget();
        const script = [...meanwhile];
        const matcher = await openMatcher(q, world.clock.wall());
        const seen = new Set<string>();
        for await (const { rows, from } of everyMatch(world, matcher, new AbortController().signal)) {
          for (const { id, seq } of rows) {
            seen.add(id);
            if (from === "file") expect(world.live.get(id)?.facts.seq).not.toBe(seq);
          }
          for (const each of script.shift() ?? []) world.apply(each);
        }
        for (const [each, states] of world.history) {
          const stays = states.size === 1 && !states.has("gone");
          const wanted = matcher.matches(each.facts, each);
          if (stays) expect([each.facts.id, seen.has(each.facts.id)]).toEqual([each.facts.id, wanted]);
        }
      },
    ),
    { numRuns: RUNS },
  );
});
