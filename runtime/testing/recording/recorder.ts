import { LogClient } from "../../client/client.js";
import type { CalledTask } from "../../client/connect.js";
import type { LogRecord, Position } from "../../log/port.js";
import { callOf, type RecordedCall } from "./call.js";
import type { StandIn } from "./stand-in.js";

/** Records calls instead of sending them. */
export class Recorder implements StandIn {
  readonly name: string;
  readonly calls: RecordedCall[] = [];
  readonly #now: () => number;
  /** Called with each recorded call. */
  readonly #kept: (calls: readonly RecordedCall[]) => Promise<void>;
  #offset = 0;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(name: string, now: () => number, kept: (calls: readonly RecordedCall[]) => Promise<void>) {
    this.name = name;
    this.#now = now;
    this.#kept = kept;
  }

  clientFor(task: CalledTask): LogClient {
    return new RecordingClient(task, this);
  }

  async take(task: CalledTask, records: readonly LogRecord[]): Promise<Position[]> {
    const at = this.#now();
    const places = records.map(() => this.#nextPlace(task.namespace));
    const calls = await Promise.all(
      records.map((record, index) => callOf(task, record, places[index] ?? this.#nextPlace(task.namespace), at)),
    );
    this.calls.push(...calls);
    await this.#kept(calls);
    return places;
  }

  track(call: Promise<unknown>): void {
    const over: Promise<unknown> = call.then(
      () => this.#pending.delete(over),
      () => this.#pending.delete(over),
    );
    this.#pending.add(over);
  }

  #nextPlace(topic: string): Position {
    this.#offset += 1;
    return { topic, partition: 0, offset: this.#offset };
  }

  /** Resolves when every pending call is recorded or refused. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }
}

const NOWHERE = { name: "recording", clusters: [], topics: [], routes: [], pools: [] };

class RecordingClient extends LogClient {
  readonly #task: CalledTask;
  readonly #recorder: Recorder;

  constructor(task: CalledTask, recorder: Recorder) {
    super(NOWHERE);
    this.#task = task;
    this.#recorder = recorder;
  }

  override async append(_namespace: string, records: readonly LogRecord[]): Promise<Position[]> {
    return this.#recorder.take(this.#task, records);
  }

  override during<T>(run: () => Promise<T>): Promise<T> {
    const call = super.during(run);
    this.#recorder.track(call);
    return call;
  }
}
