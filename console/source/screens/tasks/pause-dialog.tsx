import { useEffect, useState } from "preact/hooks";
import type { ControlsChange } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { refreshes } from "../../data/query.ts";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { toast } from "../../parts/page/toasts.tsx";
import { clip } from "../../parts/text/clip.ts";
import { plural } from "../../parts/text/number.ts";

interface Props {
  /** Wire name of the task. */
  readonly name: string;
  readonly onClose: () => void;
}

const SPANS = [
  ["", "until it is resumed"],
  ["15", "for 15 minutes"],
  ["60", "for an hour"],
  ["240", "for 4 hours"],
  ["1440", "for a day"],
] as const;

/** Holds back everything of a task that has not started. */
export function PauseDialog({ name, onClose }: Props) {
  const [minutes, setMinutes] = useState("");
  const waiting = useConcerned(name);
  const pause = async (reason: string) => {
    const until = minutes === "" ? {} : { until: new Date(Date.now() + Number(minutes) * 60_000).toISOString() };
    const answer = await api.post("pause", { kind: "task", subject: name, reason, ...until });
    toast(`${clip(name, 50)} is paused${silentWords(answer)}`);
    refreshes.value += 1;
  };
  return (
    <Confirm title={`Pause ${clip(name, 50)}`} verb="Pause" onConfirm={pause} onClose={onClose}>
      <p>What runs now finishes; nothing more of it is started. Waiting work stays, in its order.</p>
      {waiting !== undefined && <p>{plural(waiting, "activation")} of it would wait now.</p>}
      <label class="field">
        <span class="field-name">How long</span>
        <select value={minutes} onChange={(event) => setMinutes(event.currentTarget.value)}>
          {SPANS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </Confirm>
  );
}

export function ResumeDialog({ name, onClose }: Props) {
  const resume = async (reason: string) => {
    const answer = await api.post("resume", { kind: "task", subject: name, reason });
    toast(`${clip(name, 50)} runs again${silentWords(answer)}`);
    refreshes.value += 1;
  };
  return (
    <Confirm title={`Resume ${clip(name, 50)}`} verb="Resume" onConfirm={resume} onClose={onClose}>
      <p>Its waiting work is handed out again, the oldest first.</p>
    </Confirm>
  );
}

/** How much would wait, by a dry run; undefined: not known. */
function useConcerned(name: string): number | undefined {
  const [waiting, setWaiting] = useState<number>();
  useEffect(() => {
    let counts = true;
    api.post("pause", { kind: "task", subject: name, reason: "", dryRun: true }).then(
      ({ brokers }) =>
        counts && setWaiting(brokers.reduce((sum, { concerned: { pending, parked } }) => sum + pending + parked, 0)),
      // The pause itself says what is wrong.
      () => undefined,
    );
    return () => {
      counts = false;
    };
  }, [name]);
  return waiting;
}

function silentWords({ partial, brokers }: ControlsChange): string {
  const silent = partial.map(({ broker }) => broker);
  const notes = [...new Set(brokers.flatMap(({ note }) => note ?? []))];
  return `${silent.length === 0 ? "" : `; ${silent.join(", ")} did not answer`}${notes.length === 0 ? "" : `; ${notes.join("; ")}`}`;
}
