import type { ComponentChild } from "preact";

/** How a state or an end is drawn: its word, its colour class, and a shape that no other of its colour has. */
interface Look {
  readonly word: string;
  readonly tone: string;
  readonly shape: ComponentChild;
}

const LOOKS: Readonly<Record<string, Look>> = {
  processing: { word: "processing", tone: "run", shape: <path class="solid" d="M4 2.5 13.5 8 4 13.5z" /> },
  pending: { word: "pending", tone: "wait", shape: <circle cx="8" cy="8" r="5" /> },
  delayed: {
    word: "delayed",
    tone: "later",
    shape: <path d="M8 4.5V8l2.5 2M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z" />,
  },
  retry: { word: "retry", tone: "again", shape: <path d="M12.8 6.5A5.2 5.2 0 1 0 13 9.5M13.2 3v3.6H9.6" /> },
  failure: { word: "failure", tone: "bad", shape: <path class="solid" d="M8 1.5 14.5 8 8 14.5 1.5 8z" /> },
  parked: { word: "parked", tone: "held", shape: <path d="M5.5 3v10M10.5 3v10" /> },
  completed: { word: "completed", tone: "good", shape: <path d="M2.5 8.5 6.2 12 13.5 4" /> },
  retried: { word: "retried", tone: "again", shape: <path d="M12.8 6.5A5.2 5.2 0 1 0 13 9.5M13.2 3v3.6H9.6" /> },
  deadlettered: { word: "dead letter", tone: "bad", shape: <path d="M2 4h12v8.5H2zM2 4.5 8 9l6-4.5" /> },
  discarded: { word: "discarded", tone: "bad", shape: <path d="M4 4l8 8M12 4l-8 8" /> },
  expired: { word: "expired", tone: "later", shape: <path d="M4 2.5h8L4 13.5h8z" /> },
  killswitched: {
    word: "dropped",
    tone: "held",
    shape: <path d="M3 13 13 3M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z" />,
  },
  forwarded: { word: "forwarded", tone: "held", shape: <path d="M2.5 8h10M9 4l4 4-4 4" /> },
  cancelled: { word: "cancelled", tone: "ended", shape: <path d="M3.5 3.5h9v9h-9z" /> },
  open: { word: "open", tone: "bad", shape: <path d="M2 4h12v8.5H2zM2 4.5 8 9l6-4.5" /> },
  replayed: { word: "replayed", tone: "good", shape: <path d="M12.8 6.5A5.2 5.2 0 1 0 13 9.5M13.2 3v3.6H9.6" /> },
  purged: { word: "purged", tone: "ended", shape: <path d="M4 4l8 8M12 4l-8 8" /> },
  running: { word: "running", tone: "run", shape: <path class="solid" d="M4 2.5 13.5 8 4 13.5z" /> },
  stopped: {
    word: "stopped",
    tone: "bad",
    shape: <path class="solid" d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" />,
  },
  slow: { word: "slow", tone: "again", shape: <path class="solid" d="M8 2 14.5 13.5h-13z" /> },
  warning: { word: "warning", tone: "again", shape: <path d="M8 2.5 14 13H2zM8 6.5V9M8 11v.3" /> },
  fine: { word: "fine", tone: "good", shape: <circle class="solid" cx="8" cy="8" r="5" /> },
};

interface Props {
  /** A state, an end, the state of a letter or a job, or the level of a finding. */
  readonly of: string;
  /** Another word than its own. */
  readonly word?: string;
}

/** A state by colour, shape and word. */
export function StateMark({ of, word }: Props) {
  const look = Object.hasOwn(LOOKS, of) ? LOOKS[of] : undefined;
  return (
    <span class={`state tone-${look?.tone ?? "ended"}`}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {look?.shape ?? <circle cx="8" cy="8" r="2" />}
      </svg>
      {word ?? look?.word ?? of}
    </span>
  );
}
