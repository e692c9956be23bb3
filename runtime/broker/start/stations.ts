import { failpoint } from "../../base/failpoint.js";
import { controlCluster } from "../../model/control-topic.js";
import { Controls } from "../controls/controls.js";
import { Fetches } from "../dispatch/fetches.js";
import { Sessions } from "../dispatch/sessions.js";
import { EffectRouter } from "../engine/effect-router.js";
import { Engine } from "../engine/engine.js";
import { TopicReaders } from "../intake/topic-readers.js";
import { logClockNote } from "../observe/clock-log.js";
import { type BrokerOptions, limitsOf } from "../options.js";
import { DeadLetterRetention } from "../publish/dead-letter-retention.js";
import { Publisher } from "../publish/publisher.js";
import type { Ending } from "./ending.js";
import type { Parts } from "./parts.js";
import type { Shutdown } from "./shutdown.js";

/** The engine, and the stations around it: where events come from and effects go to. */
export interface Stations {
  readonly engine: Engine;
  readonly sessions: Sessions;
  readonly fetches: Fetches;
  readonly readers: TopicReaders;
  readonly publisher: Publisher;
  readonly controls: Controls;
}

/** Builds the stations and starts the engine, with what the journal has kept. Nothing is read or served yet. */
export function wire(options: BrokerOptions, parts: Parts, shutdown: Shutdown, ending: Ending): Stations {
  const { logger } = options;
  const { pool, wall, clock, history, metrics, journal, journalHealth, topics, raw } = parts;
  const engine = new Engine(limitsOf(pool, options.limits), journal, clock, logger, history);
  const { inflight } = engine;
  // Whatever failed: what was not acknowledged is read again.
  ending.ended.catch((error: unknown) => engine.halt(error));
  // A disk that takes no commits does not delay the stop.
  shutdown.onDrain(() => Promise.race([engine.stop(), ending.ended.catch(() => {}), journalHealth.untilStuck()]));

  const [first] = topics.values();
  const log = controlCluster(options.environment, pool) === undefined ? undefined : first?.log;
  const controls = new Controls({ pool, engine, journal, log, clock, logger });
  shutdown.onDrain(() => controls.close());

  shutdown.onClose(
    wall.follow((note) => {
      logClockNote(logger, note);
      // What is due by now is due at once, whenever its timer fires.
      engine.apply({ kind: "tick" });
      controls.check();
    }),
  );

  const sessions = new Sessions(engine, clock);
  // From here on the machine takes nothing: what workers report now must not be acknowledged.
  shutdown.onDrain(() => sessions.close());
  const secrets = options.security?.secrets;
  if (secrets !== undefined) {
    shutdown.onClose(secrets.onChange(() => sessions.revoke((secret) => secrets.has(secret))));
  }

  const fetches = new Fetches(engine, clock);
  shutdown.onDrain(() => fetches.close());

  const readers = new TopicReaders(
    topics,
    {
      apply: (event) => {
        metrics.event(event);
        if (event.kind === "assigned") journal.assigned(event.topic, event.partition, event.end);
        engine.apply(event);
      },
      durable: () => engine.durable(true),
      journalCommit: () => journal.journalCommit,
      positionOf: (place) => inflight.positionOf(place),
      asks: () => inflight.positionsToRead,
      holdsBack: (topic) => inflight.isPaused(topic),
    },
    raw,
    clock,
    logger,
  );
  shutdown.onDrain(() => readers.close());
  shutdown.onDrain(() => failpoint("broker.drain"));

  const publisher = new Publisher(topics, clock, logger, {
    published: (rows) => engine.apply({ kind: "published", rows }),
    failed: (topic) => metrics.publishFailed(topic),
    refused: (row, error) => engine.apply({ kind: "unpublishable", row, error }),
    broken: ending.fail,
  });
  shutdown.onDrain(() => publisher.close());

  const retention = new DeadLetterRetention(options.environment, topics, clock, logger);
  shutdown.onDrain(() => retention.close());

  journalHealth.follow((stuck) => {
    engine.stuck(stuck);
    readers.stuck(stuck);
  });
  engine.start(new EffectRouter({ inflight, sessions, fetches, readers, publisher, metrics }, ending.fail));

  return { engine, sessions, fetches, readers, publisher, controls };
}
