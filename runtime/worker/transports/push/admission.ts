import { status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import { messageOf } from "../../../base/errors.js";
import { decodeTask, EMPTY_MESSAGE } from "../../../wire/codec/consumer-codec.js";
import { StatusError, type UnaryCall } from "../../../wire/server/endpoint.js";
import type { Health } from "../../../wire/server/health-service.js";

/** How long a push waits for room before it is refused, milliseconds; as in the Python worker. */
const WAIT_MS = 5000;
/** Most pushes that wait at once. */
const WAITING = 64;

interface Waiting {
  readonly activation: Uint8Array;
  readonly admit: () => void;
  readonly refuse: (why: string) => void;
}

/** Admits pushed activations while there is credit. Others wait a little for it, then are refused. */
export class Admission implements Health {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  readonly #listeners = new Set<() => void>();
  #take: ((activation: Uint8Array) => void) | undefined;
  #credit = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on admitted activations are passed to `take`. */
  open(take: (activation: Uint8Array) => void): void {
    this.#take = take;
    this.#notify();
  }

  /** Nothing more is admitted. */
  shut(): void {
    this.#take = undefined;
    for (const { refuse } of [...this.#waiting]) refuse("the worker is stopping");
    this.#notify();
  }

  credit(count: number): void {
    this.#credit += count;
    for (const { admit } of [...this.#waiting].slice(0, this.#credit)) admit();
  }

  withdraw(): void {
    this.#credit = 0;
  }

  /** The answer of PushTask: RESOURCE_EXHAUSTED means that the activation was not taken. */
  async pushed(request: Buffer, call: UnaryCall): Promise<Uint8Array> {
    const activation = taskOf(request);
    if (this.#take === undefined) throw new StatusError(status.RESOURCE_EXHAUSTED, "the worker takes no work");
    if (this.#credit > 0) this.#admit(activation);
    else await this.#wait(activation, call);
    return EMPTY_MESSAGE;
  }

  serving(): boolean {
    return this.#take !== undefined;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #admit(activation: Uint8Array): void {
    this.#credit -= 1;
    this.#take?.(activation);
  }

  #wait(activation: Uint8Array, call: UnaryCall): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel();
        this.#waiting.delete(waiting);
      };
      const refuse = (why: string) => {
        leave();
        reject(new StatusError(status.RESOURCE_EXHAUSTED, why));
      };
      const admit = () => {
        leave();
        this.#admit(activation);
        resolve();
      };
      const cancel = this.#clock.after(WAIT_MS, () => refuse("worker busy"));
      const waiting: Waiting = { activation, admit, refuse };
      if (this.#waiting.size >= WAITING || call.cancelled) {
        refuse("worker busy");
        return;
      }
      this.#waiting.add(waiting);
      // Nobody would learn that it was taken.
      call.onCancelled(() => refuse("the caller has gone"));
    });
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function taskOf(request: Buffer): Uint8Array {
  let task: Uint8Array | undefined;
  try {
    task = decodeTask(request);
  } catch (error) {
    throw new StatusError(status.INVALID_ARGUMENT, messageOf(error), { cause: error });
  }
  if (task === undefined) throw new StatusError(status.INVALID_ARGUMENT, "expected a PushTaskRequest with a task");
  return task;
}
