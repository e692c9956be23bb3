type Listener = Parameters<NodeJS.EventEmitter["on"]>[1];

/** Listeners of this process that handlers may have taken off, with many others or by name. */
export class Guards {
  readonly #process: NodeJS.EventEmitter;
  readonly #own: readonly (readonly [event: string, listener: Listener])[];

  constructor(emitter: NodeJS.EventEmitter, own: Readonly<Record<string, Listener>>) {
    this.#process = emitter;
    this.#own = Object.entries(own);
    this.restore();
  }

  /** Adds those that are missing. */
  restore(): void {
    for (const [event, listener] of this.#own) {
      if (!this.#process.listeners(event).includes(listener)) this.#process.on(event, listener);
    }
  }
}
