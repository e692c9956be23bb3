import { codeOf, messageOf, TaskwireError } from "../base/errors.js";
import { type Broker, type BrokerOptions, startBroker } from "../broker/index.js";
import type { LocalVerbs } from "../operations/verb.js";
import type { SessionPort } from "../wire/session.js";

/** More restarts than this within the period end the process. */
const MOST_RESTARTS = 3;
const RESTARTS_WITHIN_MS = 600_000;

/** A broker over its restarts. */
export interface RestartingBroker {
  /** HOST:PORT; undefined without `listen`. */
  readonly address: string | undefined;
  /** HOST:PORT; undefined without `http`. */
  readonly httpAddress: string | undefined;
  /** In-process sessions; those that open during a restart wait for its end. */
  readonly sessions: SessionPort;
  /** Its verbs; during a restart they reject with TaskwireError `broker_starting`. */
  readonly operations: LocalVerbs;
  /** Settles with an error when the broker cannot continue, without one after stop(). */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Errors after which a restart helps: it rebuilds a damaged file, and its memory from a whole one. By code, with the message. */
const RESTARTABLE: ReadonlyMap<string, string> = new Map([
  ["journal_damaged", "the in-flight file is damaged; restarting the broker, which rebuilds it"],
  ["broker_failed", "the broker failed; restarting it from its in-flight file"],
]);

/** Starts a broker, and restarts it after errors that a restart repairs. Rejects like startBroker. */
export async function startRestartingBroker(options: BrokerOptions): Promise<RestartingBroker> {
  const { logger } = options;
  let stopping = false;
  let restarts: number[] = [];

  /** Whether to restart after an error. */
  const restartsAfter = (error: unknown): boolean => {
    const now = performance.now();
    restarts = restarts.filter((at) => now - at < RESTARTS_WITHIN_MS);
    const message = RESTARTABLE.get(codeOf(error));
    if (stopping || message === undefined || restarts.length >= MOST_RESTARTS) return false;
    restarts.push(now);
    logger.error(message, { error: messageOf(error), restarts: restarts.length, most: MOST_RESTARTS });
    return true;
  };

  /** Damage may show while the broker starts. */
  const start = async (listen: string | undefined): Promise<Broker> => {
    for (;;) {
      try {
        return await startBroker({ ...options, listen });
      } catch (error) {
        if (!restartsAfter(error)) throw error;
      }
    }
  };

  let broker = await start(options.listen);
  let ready: Promise<void> = Promise.resolve();
  let restarting = false;

  const restart = async () => {
    const { address = options.listen } = broker;
    await broker.stop().catch((error: unknown) => {
      logger.error("the failed broker could not be closed completely", { error: messageOf(error) });
    });
    if (stopping) return;
    broker = await start(address);
    if (stopping) await broker.stop();
  };

  const last = async () => {
    for (;;) {
      try {
        await broker.ended;
        return;
      } catch (error) {
        if (!restartsAfter(error)) throw error;
        restarting = true;
        ready = restart();
        await ready;
        restarting = false;
      }
    }
  };
  const ended = last();
  // Whoever waits for it gets the error; nobody has to.
  ended.catch(() => {});

  const operations = () => {
    if (!restarting) return broker.operations;
    throw new TaskwireError("broker_starting", "the broker restarts after an error; retry in a few seconds");
  };

  return {
    get address() {
      return broker.address;
    },
    get httpAddress() {
      return broker.httpAddress;
    },
    sessions: {
      async open(offer, events) {
        await ready;
        return broker.sessions.open(offer, events);
      },
    },
    operations: {
      run: async (...call) => operations().run(...call),
      status: async () => operations().status(),
    },
    ended,
    async stop() {
      stopping = true;
      await broker.stop();
      await ended.catch(() => {});
      await broker.stop();
    },
  };
}
