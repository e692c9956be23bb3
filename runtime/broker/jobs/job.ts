import type { JobDocument } from "../../operations/documents/jobs.js";
import type { VerbName } from "../../operations/verbs.js";

/** What a job is for. */
export interface JobFacts {
  readonly verb: VerbName;
  readonly actor: string;
  /** "": no filter, but ids or places. */
  readonly filter: string;
  readonly reason: string;
  /** How many it expects to match; undefined: not known. */
  readonly total?: number | undefined;
}

/** What bulk work reports while it runs. Causes are constants of the verb: their number is bounded by the code. */
export interface JobHandle {
  readonly id: string;
  /** Aborts when a person cancels the job or the broker stops: the work ends after its present slice. */
  readonly signal: AbortSignal;
  matched(count: number): void;
  done(count: number): void;
  /** Running activations that were asked to end. */
  asked(count: number): void;
  leftOut(why: string, count: number): void;
  /** Why the last one failed, when the job itself goes on. */
  failing(why: string): void;
}

/** One job: its facts and its counts. Times are wall times in milliseconds. */
export class Job implements JobHandle {
  readonly id: string;
  readonly #facts: JobFacts;
  readonly #startedAt: number;
  readonly #abort = new AbortController();
  readonly #leftOut = new Map<string, number>();
  #failing = "";
  #counts = { matched: 0, done: 0, asked: 0 };
  #end: { readonly state: "done" | "cancelled" | "failed"; readonly at: number; readonly error: string } | undefined;

  constructor(id: string, facts: JobFacts, startedAt: number) {
    this.id = id;
    this.#facts = facts;
    this.#startedAt = startedAt;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get running(): boolean {
    return this.#end === undefined;
  }

  get endedAt(): number | undefined {
    return this.#end?.at;
  }

  matched(count: number): void {
    this.#counts.matched += count;
  }

  done(count: number): void {
    this.#counts.done += count;
  }

  asked(count: number): void {
    this.#counts.asked += count;
  }

  leftOut(why: string, count: number): void {
    if (count > 0) this.#leftOut.set(why, (this.#leftOut.get(why) ?? 0) + count);
  }

  failing(why: string): void {
    this.#failing = why;
  }

  /** Asks the work to end; the first `why` becomes its error. */
  cancel(why: string): void {
    if (this.running) this.#abort.abort(why);
  }

  ended(at: number, failure?: string): void {
    const { aborted, reason } = this.#abort.signal;
    if (failure !== undefined && !aborted) this.#end = { state: "failed", at, error: failure };
    else this.#end = { state: aborted ? "cancelled" : "done", at, error: aborted ? String(reason) : "" };
  }

  document(): JobDocument {
    const { verb, actor, filter, reason, total = null } = this.#facts;
    return {
      id: this.id,
      verb,
      state: this.#end?.state ?? (this.#abort.signal.aborted ? "cancelling" : "running"),
      actor,
      filter,
      reason,
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: this.#end === undefined ? null : new Date(this.#end.at).toISOString(),
      total,
      ...this.#counts,
      leftOut: Object.fromEntries(this.#leftOut),
      error: this.#end?.error || this.#failing,
    };
  }
}
