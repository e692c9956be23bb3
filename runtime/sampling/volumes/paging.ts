import { CHUNK_SIZE } from "../constants.js";
import type { Awaitable } from "../ports/ports.js";
import { DynamicSamplingLogState } from "../timing/log-state.js";
import type { ContextIterator } from "../timing/timed-iterator.js";

/** The answer of one query: the rows to use, and how many were received. */
interface Chunk<Row> {
  readonly rows: readonly Row[];
  /** One more than `rows` holds when there are more. */
  readonly came: number;
}

type PageQuery<Row> = (page: { readonly offset: number; readonly limit: number }) => Awaitable<readonly Row[]>;

/** Pages through a query, CHUNK_SIZE rows at a time; the row beyond tells whether there are more (dynamic-sampling.md 12). */
export class Chunks<Row> {
  readonly #query: PageQuery<Row>;
  #offset = 0;
  #hasMore = true;

  constructor(query: PageQuery<Row>) {
    this.#query = query;
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  async next(): Promise<Chunk<Row>> {
    const rows = await this.#query({ offset: this.#offset, limit: CHUNK_SIZE + 1 });
    this.#hasMore = rows.length > CHUNK_SIZE;
    this.#offset += CHUNK_SIZE;
    return { rows: this.#hasMore ? rows.slice(0, CHUNK_SIZE) : rows, came: rows.length };
  }
}

/** Base of the iterators: holds the state that they count in. */
export abstract class CountingIterator<T> implements ContextIterator<T>, AsyncIterableIterator<T> {
  protected state = new DynamicSamplingLogState();

  abstract next(): Promise<IteratorResult<T, undefined>>;

  getCurrentState(): DynamicSamplingLogState {
    return this.state;
  }

  setCurrentState(state: DynamicSamplingLogState): void {
    this.state = state;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
