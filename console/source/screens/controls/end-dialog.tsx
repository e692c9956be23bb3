import { api } from "../../data/api.ts";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { controlWords, type JoinedControl } from "./joined.ts";

interface Props {
  readonly joined: JoinedControl;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before a pause or a kill rule is ended. */
export function EndDialog({ joined: { control }, onClose, onDone }: Props) {
  const { id, kind, subject } = control;
  const isKill = kind === "kill";
  return (
    <Confirm
      title={isKill ? "End the kill rule" : `Resume ${kind} ${subject}`}
      verb={isKill ? "End it" : "Resume"}
      onConfirm={async (reason) => {
        const { brokers, partial } = isKill
          ? await api.post("unkill", { id, reason })
          : await api.post("resume", { kind, subject, reason });
        const missing = partial.map(({ broker }) => broker);
        const notes = [...new Set(brokers.flatMap(({ note }) => (note === undefined ? [] : [note])))];
        const done = brokers.some((each) => each.done);
        const words = done ? (isKill ? "The rule has ended" : `${subject} is resumed`) : "It had ended before";
        const silent = missing.length === 0 ? "" : `; ${missing.join(", ")} did not answer`;
        toast([words + silent, ...notes].join("; "), { level: missing.length === 0 ? "done" : "failed" });
        onDone();
      }}
      onClose={onClose}
    >
      <p>{controlWords(control)}.</p>
      <p>
        {isKill
          ? "What it dropped stays dropped; what comes from now on runs."
          : "What waits comes back in its order, up to the limits of the pool."}
      </p>
    </Confirm>
  );
}
