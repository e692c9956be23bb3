import type { Row } from "../live-row.js";

const NONE: ReadonlySet<Row> = new Set();

/** The claims that are current, by number, and the rows that each session holds. A claim of a fetch has no session. */
export class CurrentClaims {
  readonly #byNumber = new Map<number, Row>();
  readonly #bySession = new Map<string, Set<Row>>();

  /** The row has the number and the session of its claim already. */
  add(row: Row): void {
    this.#byNumber.set(row.claim, row);
    this.#hold(row);
  }

  remove(row: Row): void {
    this.#byNumber.delete(row.claim);
    this.#release(row);
  }

  /** The claim stays, and another session holds it from now on. */
  handTo(row: Row, session: string): void {
    this.#release(row);
    row.session = session;
    this.#hold(row);
  }

  get(claim: number): Row | undefined {
    return this.#byNumber.get(claim);
  }

  all(): Iterable<Row> {
    return this.#byNumber.values();
  }

  get size(): number {
    return this.#byNumber.size;
  }

  heldBy(session: string): ReadonlySet<Row> {
    return this.#bySession.get(session) ?? NONE;
  }

  #hold(row: Row): void {
    if (row.session === "") return;
    const held = this.#bySession.get(row.session);
    if (held === undefined) this.#bySession.set(row.session, new Set([row]));
    else held.add(row);
  }

  #release(row: Row): void {
    const held = this.#bySession.get(row.session);
    if (held?.delete(row) === true && held.size === 0) this.#bySession.delete(row.session);
  }
}
