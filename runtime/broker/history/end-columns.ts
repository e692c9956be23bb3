import { isReason, type Reason } from "../../activation/reasons.js";
import type { EndDocument } from "../../operations/documents/ends.js";
import type { Row } from "../inflight/live-row.js";
import { kept } from "./kept.js";

/** Names of a task; one object for all its ends. */
export interface TaskNames {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
}

interface FilteredEnd {
  readonly id: string;
  readonly worker: string;
  readonly end: string;
  readonly reason: string;
  readonly fingerprint: string;
  readonly error: string;
  readonly at: number;
  readonly attempts: number;
}

const NO_TASK: TaskNames = { application: "", namespace: "", task: "" };

/** Numbers of an end, in the order of their columns. Times are milliseconds by the wall. */
const NUMBER = 0;
const AT = 1;
const RECEIVED = 2;
const DUE = 3;
/** 0: not handed out, or before the start. */
const HANDED_OUT = 4;
/** 0: not measured. */
const RAN = 5;
const CLAIM = 6;
const PARTITION = 7;
const OFFSET = 8;
const ATTEMPT = 9;
const LOST = 10;
const NUMBERS = 11;

/**
 * A number of places for ends, in columns: numbers take no memory of their own for each end, and none until a place is first
 * used. Payloads never come here.
 */
export class EndColumns {
  readonly capacity: number;
  readonly #numbers: Float64Array;
  readonly #ends: string[] = [];
  readonly #ids: string[] = [];
  readonly #tasks: TaskNames[] = [];
  readonly #topics: string[] = [];
  readonly #workers: string[] = [];
  readonly #reasons: (Reason | "")[] = [];
  readonly #fingerprints: string[] = [];
  readonly #errors: string[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#numbers = new Float64Array(capacity * NUMBERS);
  }

  /** `number`: unique, larger than those of earlier ends. `reason`: "" when it completed. `error`: short. */
  set(
    place: number,
    number: number,
    row: Row,
    task: TaskNames,
    end: string,
    reason: Reason | "",
    error: string,
    fingerprint: string,
    now: number,
    wall: number,
  ): void {
    const { facts } = row;
    const numbers = this.#numbers;
    const at = place * NUMBERS;
    numbers[at + NUMBER] = number;
    numbers[at + AT] = wall;
    numbers[at + RECEIVED] = facts.receivedAt;
    numbers[at + DUE] = facts.due;
    numbers[at + HANDED_OUT] = row.claimedAt === 0 ? 0 : wall - now + row.claimedAt;
    numbers[at + RAN] = row.ran;
    numbers[at + CLAIM] = row.claim;
    numbers[at + PARTITION] = facts.partition;
    numbers[at + OFFSET] = facts.offset;
    numbers[at + ATTEMPT] = facts.attempts + 1;
    numbers[at + LOST] = row.processingAttempts;
    this.#ends[place] = end;
    this.#ids[place] = kept(facts.id);
    this.#tasks[place] = task;
    this.#topics[place] = facts.topic;
    this.#workers[place] = kept(row.worker);
    this.#reasons[place] = reason;
    this.#fingerprints[place] = fingerprint;
    this.#errors[place] = error;
  }

  /** An end that was read back from the history file. */
  restore(place: number, number: number, task: TaskNames, end: EndDocument, error: string): void {
    const numbers = this.#numbers;
    const at = place * NUMBERS;
    numbers[at + NUMBER] = number;
    numbers[at + AT] = Date.parse(end.at);
    numbers[at + RECEIVED] = Date.parse(end.receivedAt);
    numbers[at + DUE] = end.due === null ? 0 : Date.parse(end.due);
    numbers[at + HANDED_OUT] = end.handedOutAt === null ? 0 : Date.parse(end.handedOutAt);
    numbers[at + RAN] = end.ran ?? 0;
    numbers[at + CLAIM] = end.claim ?? 0;
    numbers[at + PARTITION] = end.partition;
    numbers[at + OFFSET] = end.offset;
    numbers[at + ATTEMPT] = end.attempt;
    numbers[at + LOST] = end.lost;
    this.#ends[place] = end.end;
    this.#ids[place] = kept(end.id);
    this.#tasks[place] = task;
    this.#topics[place] = kept(end.topic);
    this.#workers[place] = kept(end.worker ?? "");
    this.#reasons[place] = end.reason ?? "";
    this.#fingerprints[place] = end.fingerprint ?? "";
    this.#errors[place] = error;
  }

  /** 0: the place was never used. */
  numberOf(place: number): number {
    return this.#numbers[place * NUMBERS + NUMBER] ?? 0;
  }

  atOf(place: number): number {
    return this.#numbers[place * NUMBERS + AT] ?? 0;
  }

  namesOf(place: number): TaskNames & { readonly topic: string } {
    return { ...(this.#tasks[place] ?? NO_TASK), topic: this.#topics[place] ?? "" };
  }

  /** What a filter compares. */
  itemOf(place: number): FilteredEnd {
    return {
      id: this.#ids[place] ?? "",
      worker: this.#workers[place] ?? "",
      end: this.#ends[place] ?? "",
      reason: this.#reasons[place] ?? "",
      fingerprint: this.#fingerprints[place] ?? "",
      error: this.#errors[place] ?? "",
      at: this.atOf(place),
      attempts: this.#numbers[place * NUMBERS + ATTEMPT] ?? 0,
    };
  }

  /** `error`: the whole error, where more of it is kept than here. */
  read(place: number, error: string = this.#errors[place] ?? ""): EndDocument {
    const number = (column: number) => this.#numbers[place * NUMBERS + column] ?? 0;
    const reason = this.#reasons[place] ?? "";
    const [at, due, handedOut] = [number(AT), number(DUE), number(HANDED_OUT)];
    return {
      end: this.#ends[place] ?? "",
      at: iso(at),
      id: this.#ids[place] ?? "",
      ...(this.#tasks[place] ?? NO_TASK),
      topic: this.#topics[place] ?? "",
      partition: number(PARTITION),
      offset: number(OFFSET),
      attempt: number(ATTEMPT),
      lost: number(LOST),
      receivedAt: iso(number(RECEIVED)),
      due: due === 0 ? null : iso(due),
      handedOutAt: handedOut === 0 ? null : iso(handedOut),
      held: handedOut === 0 ? null : Math.max(0, Math.round(at - handedOut)),
      ran: number(RAN) === 0 ? null : number(RAN),
      worker: this.#workers[place] === "" ? null : (this.#workers[place] ?? null),
      claim: number(CLAIM) === 0 ? null : number(CLAIM),
      reason: isReason(reason) ? reason : null,
      error,
      fingerprint: this.#fingerprints[place] === "" ? null : (this.#fingerprints[place] ?? null),
    };
  }
}

/** A time far beyond what a date holds came from outside. */
function iso(milliseconds: number): string {
  return new Date(Math.min(Math.max(milliseconds, -8.64e15), 8.64e15)).toISOString();
}
