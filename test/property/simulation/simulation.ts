import type { Limits } from "#runtime/broker/inflight/limits.js";
import { Fetchers, Workers } from "./actors.js";
import { Faults } from "./faults.js";
import { LINES } from "./log.js";
import { NOTHING_PAUSED, World } from "./world.js";

/** A world, those who act in it, and its faults. */
export class Simulation {
  readonly world: World;
  readonly workers: Workers;
  readonly fetchers: Fetchers;
  readonly faults: Faults;

  constructor(limits: Partial<Limits>) {
    this.world = new World(limits);
    this.workers = new Workers(this.world);
    this.fetchers = new Fetchers(this.world);
    this.faults = new Faults(this.world, this.workers);
    this.world.begin({
      deliver: (session, deliveries) => this.workers.deliver(session, deliveries),
      cancel: (session, claims) => this.workers.cancel(session, claims),
      handOut: (delivery) => this.fetchers.handOut(delivery),
      committed: (number) => this.workers.committed(number),
      unchanged: () => this.workers.unchanged(),
      brokerKilled: () => this.workers.brokerKilled(),
    });
  }

  check(): void {
    this.world.oracle.check(this.world.machine);
  }

  /** All faults stop: everything accepted must come to its end. */
  drain(): void {
    const { world, workers, fetchers } = this;
    workers.open([0, 1, 2]);
    world.pause(NOTHING_PAUSED);
    for (let round = 0; round < 4000; round += 1) {
      for (let line = 0; line < LINES; line += 1) world.read(line, 5);
      fetchers.start();
      fetchers.conclude("complete");
      // What the log rejected is tried again at the next start.
      if (world.parts.counters.unpublishable.count > 0) world.kill();
      for (const worker of workers.all) {
        workers.reopen(worker);
        workers.credit(worker, 2);
        workers.startRun(worker, true);
        workers.finishRun(worker, "complete");
      }
      world.publish(true);
      world.answerLoad();
      world.commit();
      world.acknowledge();
      const idle = workers.areIdle && fetchers.areIdle && !world.isPublishing;
      world.advance(idle ? 1500 : 10);
      if (world.isDrained) return;
    }
    throw new Error(`not drained: ${JSON.stringify(world.parts.tallies.total())}`);
  }

  /** Rows left in the journal, seen by the next broker. */
  stored(): number {
    this.world.commit();
    this.world.kill();
    return this.world.journal.rows;
  }

  close(): void {
    this.world.journal.remove();
  }
}
