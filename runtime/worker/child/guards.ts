type Listener = Parameters<NodeJS.EventEmitter["on"]>[1];

/** Listeners of this process that handlers may remove, all at once or by name. */
export class Guards {
  readonly #process: NodeJS.EventEmitter;
  readonly #own: readonly (readonly [event: string, listener: Listener])[];

  constructor(emitter: NodeJS.EventEmitter, own: Readonly<Record<string, Listener>>) {
    this.#process = emitter;
    this.#own = Object.entries(own);
    this.restore();
  }

  /** Adds the listeners that are missing. */
  restore(): void {
    for (const [event, listener] of this.#own) {
      if (!this.#process.listeners(event).includes(listener)) this.#process.on(event, listener);
    }
  }
}
