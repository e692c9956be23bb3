import type { Act, Acted, ActPage } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { StoredPlace } from "../persisted.js";
import type { StoredRow } from "../row.js";
import type { Lifecycle } from "../states/lifecycle.js";
import type { Parking } from "../states/parking.js";
import { type Cancel, tooLate } from "./cancel.js";

interface OpenAct {
  readonly wish: Act;
  /** By id, in the order of the request. */
  readonly answers: Map<string, Acted>;
  /** What the journal is asked for: ids, or a page. */
  readonly asked: readonly string[] | ActPage;
  /** What changed since it is asked. */
  readonly noted: ReturnType<Parts["returned"]["begin"]>;
  /** Where the page after the one that was acted on begins; undefined: there is none. */
  readonly next: StoredPlace | undefined;
}

/**
 * What operators do to activations by their ids: those in memory at once, the others when the journal has found them among
 * the delayed and parked rows that only it has. Of those it can also give page after page, for acts on many.
 */
export class Acts {
  readonly #parts: Pick<Parts, "step" | "rows" | "returned" | "ahead">;
  readonly #lifecycle: Lifecycle;
  readonly #parking: Parking;
  readonly #cancel: Cancel;
  readonly #open = new Map<number, OpenAct>();

  constructor(parts: Parts, lifecycle: Lifecycle, parking: Parking, cancel: Cancel) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#parking = parking;
    this.#cancel = cancel;
  }

  act(wish: Act): void {
    const answers = new Map<string, Acted>();
    if (wish.page !== undefined) {
      this.#ask({ wish, answers, asked: wish.page, next: undefined });
      return;
    }
    for (const id of wish.ids) answers.set(id, { id, what: "unknown" });
    this.#lookFor(wish, answers, [...answers.keys()], undefined);
  }

  /** The journal's answer. What changed since it was asked is looked for again. */
  found(act: number, rows: readonly StoredRow[], next: StoredPlace | undefined): void {
    const open = this.#open.get(act);
    if (open === undefined) return;
    this.#open.delete(act);
    this.#parts.returned.done(open.noted);
    const { wish, answers, asked } = open;
    if ("request" in asked) this.#lookFor(wish, answers, this.#onPage(open, asked, rows), next);
    else this.#lookFor(wish, answers, this.#byIds(open, asked, rows), open.next);
  }

  /** Returns the ids to be looked for again. */
  #byIds({ wish, answers, noted }: OpenAct, asked: readonly string[], rows: readonly StoredRow[]): string[] {
    const again = new Set(asked.filter((id) => noted.ids.has(id) || this.#parts.rows.get(id) !== undefined));
    for (const stored of rows) {
      const { id, seq } = stored;
      if (noted.seqs.has(seq) || noted.ids.has(id) || this.#parts.rows.get(id)?.facts.seq === seq) again.add(id);
      else answers.set(id, this.#stored(stored, wish));
    }
    return [...again];
  }

  /** Returns the ids to be looked for again. A row in memory is the truth where both have it. */
  #onPage({ wish, answers, noted }: OpenAct, { matches }: ActPage, rows: readonly StoredRow[]): string[] {
    const again = new Set<string>();
    for (const stored of rows) {
      const { id, seq } = stored;
      const live = this.#parts.rows.get(id);
      if (live?.facts.seq === seq) {
        if (matches(live.facts, live)) answers.set(id, this.#live(live, wish));
      } else if (matches(stored, stored)) {
        if (noted.seqs.has(seq) || noted.ids.has(id)) again.add(id);
        else answers.set(id, this.#stored(stored, wish));
      }
    }
    return [...again];
  }

  #ask(open: Omit<OpenAct, "noted">): void {
    const { wish, asked } = open;
    this.#open.set(wish.act, { ...open, noted: this.#parts.returned.begin() });
    if ("request" in asked) this.#parts.step.emit({ kind: "page", act: wish.act, request: asked.request });
    else this.#parts.step.emit({ kind: "find", act: wish.act, ids: asked });
  }

  /** In memory, and in the journal for those that are not there. */
  #lookFor(wish: Act, answers: Map<string, Acted>, ids: readonly string[], next: StoredPlace | undefined): void {
    const asked: string[] = [];
    for (const id of ids) {
      const row = this.#parts.rows.get(id);
      if (row === undefined) asked.push(id);
      else answers.set(id, this.#live(row, wish));
    }
    if (asked.length === 0) this.#answer(wish, answers, next);
    else this.#ask({ wish, answers, asked, next });
  }

  #live(row: Row, wish: Act): Acted {
    if (wish.states?.has(row.state) === false) return { id: row.facts.id, what: "changed" };
    return wish.verb === "promote" ? this.#promote(row) : this.#cancel.live(row, wish);
  }

  #stored(stored: StoredRow, wish: Act): Acted {
    const { id, state } = stored;
    if (wish.states?.has(state) === false) return { id, what: "changed" };
    if (wish.verb !== "promote") {
      this.#cancel.stored(stored, wish);
      return { id, what: "done" };
    }
    if (state === "parked") return { id, what: "already" };
    // Without its payload, and however many there are: it comes back as parked rows do, when there is room for it.
    this.#parking.promoted(this.#lifecycle.parkStored(stored));
    return { id, what: "done" };
  }

  #promote(row: Row): Acted {
    const { id } = row.facts;
    switch (row.state) {
      case "delayed":
        this.#lifecycle.promote(row);
        return { id, what: "done" };
      case "pending":
      case "parked":
        return { id, what: "already" };
      case "processing":
        return { id, what: "running" };
      case "retry":
      case "failure":
        return tooLate(row);
    }
  }

  #answer(wish: Act, answers: ReadonlyMap<string, Acted>, next: StoredPlace | undefined): void {
    const final = [...answers.values()];
    this.#parts.step.emit({
      kind: "acted",
      act: wish.act,
      answers: wish.verb === "cancel" ? final.map((answer) => this.#remembered(answer, wish)) : final,
      next,
    });
  }

  /** Remembers ids that are to be cancelled when they are read. */
  #remembered(answer: Acted, { by, ahead, chain }: Act): Acted {
    const { id, what } = answer;
    const next =
      what === "unknown" && ahead === true ? id : what === "too_late" && chain === true ? answer.next : undefined;
    if (next === undefined) return answer;
    const remembered = this.#parts.ahead.add(next, by, this.#parts.step.wall);
    return remembered ? { id, what: "ahead", next } : { id, what: "full" };
  }
}
