import type { ServerDuplexStream } from "@grpc/grpc-js";
import { messageOf } from "../../../base/errors.js";
import { decodeFromWorker, type FromWorker } from "../../../wire/codec/worker-message-codec.js";
import type { Session } from "../../../wire/session.js";
import type { AttachedStream } from "./attached-stream.js";

/** At this many messages that wait for the disk, no further ones of the worker are read. */
const UNSETTLED = 1024;

/** The receiving half of a stream: applies each message, and acknowledges it when what it reports is on disk. */
export class ReceivedMessages {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #session: Session;
  readonly #attached: AttachedStream;
  readonly #failed: (reason: string) => void;
  /** Messages that are not settled yet, in order. */
  readonly #unsettled = new Set<number>();
  #last = 0;

  constructor(
    call: ServerDuplexStream<Buffer, Buffer>,
    session: Session,
    attached: AttachedStream,
    failed: (reason: string) => void,
  ) {
    this.#call = call;
    this.#session = session;
    this.#attached = attached;
    this.#failed = failed;
  }

  /** Returns whether it was the last message. */
  receive(bytes: Buffer): boolean {
    const session = this.#session;
    const message = decodeFromWorker(bytes);
    // Acknowledged below, when everything given back until then is on disk.
    const failed = (error: unknown) => this.#failed(messageOf(error));
    if (message.draining) session.drain().catch(failed);
    if (message.withdrawn) {
      this.#attached.withdraw();
      session.withdraw().catch(failed);
    }
    if (message.vitals !== undefined) session.vitals?.(message.vitals);
    if (message.started.length > 0) session.started(message.started);
    if (message.returned.length > 0) session.giveBack(message.returned);
    if (message.outcomes.length > 0 || message.draining || message.withdrawn) this.#settle(message);
    if (message.credit > 0) this.#attached.credit(message.credit);
    return message.closing;
  }

  #settle({ number, outcomes }: FromWorker): void {
    const unsettled = this.#unsettled;
    unsettled.add(number);
    this.#last = number;
    if (unsettled.size === UNSETTLED) this.#call.pause();
    this.#session
      .settle(outcomes)
      .finally(() => {
        unsettled.delete(number);
        if (unsettled.size === UNSETTLED - 1) this.#call.resume();
      })
      .then(
        () => this.#acknowledge(number),
        (error: unknown) => this.#failed(messageOf(error)),
      );
  }

  /** Messages settle in order, except those that wait for their activations to be read again after a start. */
  #acknowledge(number: number): void {
    const [oldest] = this.#unsettled;
    const upTo = oldest === undefined ? this.#last : oldest - 1;
    if (number <= upTo) this.#attached.acknowledge(upTo);
    else this.#attached.acknowledgeAlone(number);
  }
}
