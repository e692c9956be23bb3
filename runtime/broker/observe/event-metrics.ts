import type { Clock } from "../../base/clock.js";
import { BROKER_METRICS, type BrokerMetrics, silentMeter } from "../../telemetry/broker-metrics.js";
import { type Meter, type Metrics, openMetrics } from "../../telemetry/registry.js";
import type { Delivery } from "../../wire/session.js";
import { BUCKETS, bucketOf } from "../history/histogram.js";
import type { Event } from "../inflight/events.js";
import type { Facts } from "../inflight/row.js";

/** Counts what happens in a broker as it happens: without an HTTP port that serves it, only how long commits took. */
export class EventMetrics {
  readonly meter: Meter<BrokerMetrics>;
  /** What the HTTP port serves; undefined: there is none. */
  readonly metrics: Metrics<BrokerMetrics> | undefined;
  /** By how long they took. */
  readonly commits = new Uint32Array(BUCKETS);
  readonly #clock: Clock;

  private constructor(clock: Clock, metrics: Metrics<BrokerMetrics> | undefined) {
    this.#clock = clock;
    this.metrics = metrics;
    this.meter = metrics ?? silentMeter;
  }

  static async open(clock: Clock, wanted: boolean): Promise<EventMetrics> {
    return new EventMetrics(clock, wanted ? await openMetrics(BROKER_METRICS) : undefined);
  }

  /** An event on its way to the machine. */
  event(event: Event): void {
    if (event.kind === "arrived") this.meter.observe("taskwire_intake_batch_records", event.arrivals.length);
  }

  /** Takes only the first of a batch: to observe each would cost a few percent of a busy broker. undefined: none. */
  handedOut(inflight: { claimed(claim: number): Facts | undefined }, delivery: Delivery | undefined): void {
    if (this.metrics === undefined || delivery === undefined) return;
    const facts = inflight.claimed(delivery.claim);
    if (facts === undefined) return;
    const wait = this.#clock.wall() - Math.max(facts.receivedAt, facts.due);
    this.meter.observe("taskwire_handout_wait_seconds", Math.max(0, wait) / 1000);
  }

  written(changes: number, milliseconds: number): void {
    const bucket = bucketOf(milliseconds);
    this.commits[bucket] = (this.commits[bucket] ?? 0) + 1;
    this.meter.observe("taskwire_commit_changes", changes);
    this.meter.observe("taskwire_commit_duration_seconds", milliseconds / 1000);
  }

  publishFailed(topic: string): void {
    this.meter.count("taskwire_publish_failures_total", { topic });
  }
}
