import type { ChainLink, ShowActivationAnswer } from "../../../../runtime/operations/documents/activations.js";
import type { EndDocument } from "../../../../runtime/operations/documents/ends.js";

/** One moment in the life of an activation. */
export interface Moment {
  readonly name: "received" | "due" | "expires" | "handed out" | "started" | "ended" | "now" | "deadline";
  /** Milliseconds since 1970; null: it has happened, and the time is not known. */
  readonly at: number | null;
  /** What happened, or what follows. */
  readonly text: string;
  /** `past` has happened, `now` is the present state, `next` is still to come. */
  readonly when: "past" | "now" | "next";
  readonly bad?: true;
}

type Shown = ShowActivationAnswer["activation"];

/** What is known of the life of an activation in flight, in its order. `now`: the broker's time. */
export function momentsOf(activation: Shown, now: number): readonly Moment[] {
  const received = Date.parse(activation.received);
  const due = time(activation.due);
  const expires = time(activation.expires);
  const moments: Moment[] = [
    { name: "received", at: received, text: `Received from ${activation.topic}`, when: "past" },
  ];
  if (due !== null && due > received) {
    moments.push(
      due <= now
        ? { name: "due", at: due, text: "Due: its delay passed", when: "past" }
        : { name: "due", at: due, text: "Due: it can be handed out from then on", when: "next" },
    );
  }
  if (activation.lostAttempts > 0) {
    const times = activation.lostAttempts === 1 ? "once" : `${activation.lostAttempts} times`;
    moments.push({
      name: "handed out",
      at: null,
      text: `Handed out ${times} and lost with its worker`,
      when: "past",
      bad: true,
    });
  }
  moments.push(...presentOf(activation, now));
  const waits = activation.state === "pending" || activation.state === "delayed" || activation.state === "parked";
  if (waits && expires !== null) {
    moments.push({
      name: "expires",
      at: expires,
      text: "Expires, unless it has started by then",
      when: expires > now ? "next" : "past",
    });
  }
  return inOrder(moments);
}

function presentOf(activation: Shown, now: number): Moment[] {
  const { state, worker, reason } = activation;
  const bad = reason !== null && reason !== "cancelled" ? ({ bad: true } as const) : {};
  switch (state) {
    case "delayed":
      return [{ name: "now", at: now, text: "Delayed", when: "now" }];
    case "pending":
      return [{ name: "now", at: now, text: "Waits for a worker", when: "now" }];
    case "parked":
      return [{ name: "now", at: now, text: "Parked: no connected worker takes it, or people paused it", when: "now" }];
    case "retry":
      return [
        {
          name: "now",
          at: now,
          text: `Its run ended (${reason ?? "retry"}); the next one is being published`,
          when: "now",
          ...bad,
        },
      ];
    case "failure":
      return [
        {
          name: "now",
          at: now,
          text: `It failed (${reason ?? "failure"}); its dead letter is being published`,
          when: "now",
          ...bad,
        },
      ];
    case "processing":
      return processing(activation, now, worker ?? "a worker");
  }
}

function processing({ claimUntil, deadline, reason }: Shown, now: number, worker: string): Moment[] {
  const until = time(claimUntil);
  const asked = reason === "cancelled";
  // The claim ends one deadline after the start; until the worker reports that, the end is open.
  const started = until === null ? null : until - deadline;
  return [
    started === null || started > now
      ? { name: "handed out", at: null, text: `Handed out to ${worker}; its start is not reported yet`, when: "past" }
      : { name: "started", at: started, text: `Handed out to ${worker}, and started`, when: "past" },
    { name: "now", at: now, text: asked ? "Asked to end: a person cancelled it" : "Runs", when: "now" },
    ...(until === null
      ? []
      : [
          {
            name: "deadline" as const,
            at: until,
            text: asked ? "Ends by then at the latest" : "Deadline: presumed lost from then on",
            when: until > now ? ("next" as const) : ("past" as const),
            ...(until > now ? {} : { bad: true as const }),
          },
        ]),
  ];
}

/** The life of a run that has ended, as the history has it. */
export function momentsOfEnd(end: EndDocument): readonly Moment[] {
  const at = Date.parse(end.at);
  const due = time(end.due);
  const handedOut = time(end.handedOutAt);
  const moments: Moment[] = [
    { name: "received", at: Date.parse(end.receivedAt), text: `Received from ${end.topic}`, when: "past" },
  ];
  if (due !== null) moments.push({ name: "due", at: due, text: "Due: its delay passed", when: "past" });
  if (handedOut !== null) {
    const worker = end.worker === null ? "" : ` to ${end.worker}`;
    moments.push({ name: "handed out", at: handedOut, text: `Handed out${worker}`, when: "past" });
  }
  if (end.ran !== null && end.ran <= at - (handedOut ?? 0)) {
    moments.push({ name: "started", at: at - end.ran, text: "Its handler started", when: "past" });
  }
  const { words, bad } = END_WORDS[end.end] ?? { words: `Ended: ${end.end}`, bad: false };
  const reason = end.reason === null || end.reason === "cancelled" ? "" : ` (${end.reason})`;
  moments.push({ name: "ended", at, text: words + reason, when: "past", ...(bad ? { bad: true as const } : {}) });
  return inOrder(moments);
}

/** What each end of the history means. */
const END_WORDS: Readonly<Record<string, { readonly words: string; readonly bad: boolean }>> = {
  completed: { words: "Completed", bad: false },
  retry: { words: "Failed, and is retried", bad: true },
  failure: { words: "Failed for good; its dead letter followed", bad: true },
  discarded: { words: "Discarded by a rule", bad: true },
  expired: { words: "Expired before it started", bad: true },
  killswitched: { words: "Dropped by a kill rule", bad: true },
  forwarded: { words: "Forwarded to another topic", bad: false },
  cancelled: { words: "Cancelled by a person", bad: false },
};

/** A run of the chain with what is known of it. */
export interface ChainRun {
  readonly id: string;
  readonly attempt: number;
  readonly here: boolean;
  readonly text: string;
  readonly state: ChainLink["state"];
  readonly bad: boolean;
}

/** The runs of a chain in their order. `ends`: those that the history has. `id`: the run that is shown. */
export function runsOf(chain: readonly ChainLink[], ends: readonly EndDocument[], id: string): readonly ChainRun[] {
  return chain.map((link) => {
    const end = ends.find((each) => each.id === link.id);
    const words = end === undefined ? undefined : (END_WORDS[end.end] ?? { words: `Ended: ${end.end}`, bad: false });
    const text = link.state !== null ? `In flight: ${link.state}` : (words?.words ?? "Has ended, or is not read yet");
    const { attempt, state } = link;
    return { id: link.id, attempt, here: link.id === id, text, state, bad: link.state === null && words?.bad === true };
  });
}

function time(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}

/** What has happened, then the present, then what follows; those of one kind by time, as far as it is known. */
function inOrder(moments: readonly Moment[]): readonly Moment[] {
  const past = moments.filter(({ when }) => when !== "next");
  const next = moments.filter(({ when }) => when === "next");
  return [...past, ...next.sort((one, other) => (one.at ?? 0) - (other.at ?? 0))];
}
