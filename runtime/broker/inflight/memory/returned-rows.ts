/** What changed while the journal is asked a question: its answer shows the state before. */
interface Noted {
  /** Numbers of rows that came back to memory or ended. */
  readonly seqs: Set<number>;
  /** Ids of rows that left memory. */
  readonly ids: Set<string>;
}

/** Notes, for each question under way, which delayed and parked rows changed places since it was asked. */
export class ReturnedRows {
  #questions: Noted[] = [];

  /** Notes rows from now on, until `done`. */
  begin(): Noted {
    const noted = { seqs: new Set<number>(), ids: new Set<string>() };
    this.#questions.push(noted);
    return noted;
  }

  done(noted: Noted): void {
    this.#questions = this.#questions.filter((other) => other !== noted);
  }

  /** A row that only the journal had came back to memory, or ended. */
  returned(seq: number): void {
    for (const { seqs } of this.#questions) seqs.add(seq);
  }

  /** A row left memory: only the journal has it. */
  left(id: string): void {
    for (const { ids } of this.#questions) ids.add(id);
  }
}
