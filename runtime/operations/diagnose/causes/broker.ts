import type { Observed, Pool, Seen } from "../finding.js";
import { counted, listed, span } from "../words.js";

/** Below it, clocks of a healthy machine differ. */
const NOTABLE_SKEW_MS = 1000;

/** The broker's process: its start, its end, stalls, its clock, what hand-out waits for after a start. */
export function ofBrokers({ brokers }: Pool): Seen[] {
  return brokers.flatMap((observed) => [
    ...phase(observed),
    ...clock(observed),
    ...startGate(observed),
    ...proofs(observed),
  ]);
}

function phase({ broker, status }: Observed): Seen[] {
  const subject = { kind: "broker", name: broker } as const;
  return status.notReady.flatMap(({ code, message }): Seen[] => {
    const seen = { broker, subject, text: message };
    switch (code) {
      case "starting":
        return [
          {
            ...seen,
            code: "broker_starting",
            level: "stopped",
            hint: "wait: it reads its in-flight file and opens its logs; its log says what it waits for",
          },
        ];
      case "stopping":
        return [
          {
            ...seen,
            code: "broker_stopping",
            level: "stopped",
            hint: "wait for its next start, or look at who stops it",
          },
        ];
      case "stalled":
        return [
          {
            ...seen,
            code: "broker_stalled",
            level: "stopped",
            hint: "give the process CPU time: other processes take it, the machine swaps, or it was suspended",
          },
        ];
      default:
        return [];
    }
  });
}

function clock({ broker, status: { clockSkew } }: Observed): Seen[] {
  if (Math.abs(clockSkew) <= NOTABLE_SKEW_MS) return [];
  const by = span(Math.abs(clockSkew));
  return [
    {
      code: "clock_skewed",
      level: "warning",
      broker,
      subject: { kind: "broker", name: broker },
      text: `the system clock is ${by} ${clockSkew > 0 ? "ahead of" : "behind"} the broker's clock: delays and expiry times are off by it`,
      hint: "let NTP set the clock; the broker follows a clock that is ahead within a minute, and waits for one that was set back",
    },
  ];
}

function startGate({ broker, status: { startGate } }: Observed): Seen[] {
  if (startGate === null) return [];
  return [
    {
      code: "start_gate",
      level: "stopped",
      broker,
      subject: { kind: "broker", name: broker },
      text: `after its start the broker waits up to ${span(startGate.opensIn)} for ${counted(startGate.workers.length, "worker")} that had claims: ${listed(startGate.workers)}`,
      hint: "wait: hand-out begins when they are back, or when the time is over",
    },
  ];
}

function proofs({ broker, status: { unproven } }: Observed): Seen[] {
  return unproven.map(({ topic, partition, activations, owned }) => ({
    code: "proof_awaited",
    level: "slow",
    broker,
    subject: { kind: "topic", name: topic },
    text: `${counted(activations, "at-most-once activation")} of partition ${partition} of topic ${topic} ${activations === 1 ? "waits" : "wait"} until the log has stored a position beyond ${activations === 1 ? "it" : "them"}`,
    hint: owned
      ? "wait: the position is stored within seconds while the log takes commits"
      : "the broker that reads this partition now has to answer: `taskwire status --broker` on each broker of the pool shows who reads it",
  }));
}
