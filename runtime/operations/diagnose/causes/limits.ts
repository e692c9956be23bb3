import type { PauseReason } from "../../status/causes.js";
import type { Observed, Pool, Seen } from "../finding.js";
import { number, span } from "../words.js";

/** Backpressure of a pool that keeps up lasts less than this. */
const LONG_WAIT_MS = 30_000;

const HINTS: Readonly<Record<Exclude<PauseReason, "max_disk">, string>> = {
  max_pending_count:
    "add workers or slots, or raise `max_pending_count` of the pool; the log keeps what producers send meanwhile",
  max_delay_count:
    "wait until delayed work is due, drop what nobody needs (`taskwire activations purge --filter state:delayed`), or raise `max_delay_count` of the pool; everything behind it in the topic waits",
  memory: "add workers or slots, or send smaller parameters; reading continues when payloads leave memory",
  journal: "a faster disk for the in-flight file; reading continues when its changes are on disk",
};

/** The limits of the pool. `max_disk` is a finding of its own. */
export function ofLimits({ brokers }: Pool): Seen[] {
  return brokers.flatMap((observed) => [...handOut(observed), ...reading(observed)]);
}

function handOut({ broker, status: { limits } }: Observed): Seen[] {
  return limits
    .filter(({ processing, maxProcessingCount, pending }) => processing >= maxProcessingCount && pending > 0)
    .map(({ topic, processing, maxProcessingCount, pending }) => ({
      code: "hand_out_limit",
      level: "slow",
      broker,
      subject: { kind: "topic", name: topic },
      text: `hand-out of topic ${topic} is at its limit: ${number(processing)} of ${number(maxProcessingCount)} (\`max_processing_count\`) are with workers, ${number(pending)} wait`,
      hint: "look for runs that hang (`taskwire activations list state:processing`), and raise `max_processing_count` of the pool above the number of all slots",
    }));
}

function reading({ broker, status }: Observed): Seen[] {
  const waited = status.oldestPending ?? 0;
  return status.limits.flatMap(({ topic, paused }) =>
    paused.flatMap(({ reason, message }): Seen[] => {
      if (reason === "max_disk") return [];
      const lag = status.topics.reduce((sum, each) => sum + (each.topic === topic ? (each.lag ?? 0) : 0), 0);
      const late = reason === "max_delay_count" || waited >= LONG_WAIT_MS;
      return [
        {
          code: "reading_paused",
          level: late ? "slow" : "warning",
          broker,
          subject: { kind: "topic", name: topic },
          text: `reading of topic ${topic} is paused: ${message}`,
          evidence: [
            `${number(lag)} records of it are not read yet`,
            ...(waited === 0 ? [] : [`the oldest pending activation of the broker waits for ${span(waited)}`]),
          ],
          hint: HINTS[reason],
        },
      ];
    }),
  );
}
