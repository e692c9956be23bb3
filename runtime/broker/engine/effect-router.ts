import type { Delivery } from "../../wire/session.js";
import type { Fetches } from "../dispatch/fetches.js";
import type { Sessions } from "../dispatch/sessions.js";
import type { PublishAs } from "../inflight/events.js";
import type { Inflight } from "../inflight/inflight.js";
import type { Row } from "../inflight/live-row.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { TopicReaders } from "../intake/topic-readers.js";
import type { LowestOffset } from "../journal/messages.js";
import type { EventMetrics } from "../observe/event-metrics.js";
import type { Publisher } from "../publish/publisher.js";
import type { BrokerFailedError } from "./broker-failed.js";
import type { EngineOutlets } from "./engine.js";

/** Where effects go. */
interface RoutedStations {
  readonly inflight: Inflight;
  readonly sessions: Sessions;
  readonly fetches: Fetches;
  readonly readers: TopicReaders;
  readonly publisher: Publisher;
  readonly metrics: EventMetrics;
}

/** Takes each effect of the machine to the station that carries it out, and counts what is handed out and written. */
export class EffectRouter implements EngineOutlets {
  readonly #stations: RoutedStations;
  readonly #fail: (error: BrokerFailedError) => void;

  constructor(stations: RoutedStations, fail: (error: BrokerFailedError) => void) {
    this.#stations = stations;
    this.#fail = fail;
  }

  deliver(session: string, deliveries: readonly Delivery[]): void {
    const { metrics, inflight, sessions } = this.#stations;
    metrics.handedOut(inflight, deliveries[0]);
    sessions.deliver(session, deliveries);
  }

  cancel(session: string, claims: readonly number[]): void {
    this.#stations.sessions.cancel(session, claims);
  }

  handOut(fetch: number, delivery: Delivery | undefined): void {
    const { metrics, inflight, fetches } = this.#stations;
    metrics.handedOut(inflight, delivery);
    fetches.handOut(fetch, delivery);
  }

  publish(as: PublishAs, row: Row): void {
    this.#stations.publisher.publish(as, row);
  }

  applied(): void {
    this.#stations.sessions.applied();
  }

  pause(topic: string): void {
    this.#stations.readers.pause(topic);
  }

  resume(topic: string): void {
    this.#stations.readers.resume(topic);
  }

  positions(partitions: readonly PartitionState[], lowest: readonly LowestOffset[]): void {
    this.#stations.readers.commit(partitions, lowest);
  }

  written(changes: number, milliseconds: number): void {
    this.#stations.metrics.written(changes, milliseconds);
  }

  failed(error: BrokerFailedError): void {
    this.#fail(error);
  }
}
