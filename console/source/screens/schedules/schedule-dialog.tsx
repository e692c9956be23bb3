import type { ScheduleDocument } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { encoded } from "../../data/routes.ts";
import { Confirm } from "../../parts/dialog/confirm.tsx";
import { toast } from "../../parts/page/toasts.tsx";

/** What is done with a schedule. */
export interface Asking {
  readonly act: "run" | "pause" | "resume";
  readonly schedule: ScheduleDocument;
}

interface Props {
  readonly asking: Asking;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const VERBS = { run: "Run now", pause: "Pause", resume: "Resume" } as const;

/** Asks before a schedule runs now, is paused or resumed. */
export function ScheduleDialog({ asking: { act, schedule }, onClose, onDone }: Props) {
  const { go } = useHere();
  const task = encoded(schedule.task);
  return (
    <Confirm
      title={`${VERBS[act]}: ${schedule.task}`}
      verb={VERBS[act]}
      onConfirm={async (reason) => {
        if (act === "run") {
          const { id, topic } = await api.post(`schedules/${task}/run`, { reason });
          toast(`Sent to ${topic}`, { action: { label: "Open it", run: () => go(linkTo("activation", { id })) } });
        } else {
          await api.post(`schedules/${task}/${act}`, { reason });
          toast(act === "pause" ? `${schedule.task} is paused` : `${schedule.task} is resumed`);
        }
        onDone();
      }}
      onClose={onClose}
    >
      {act === "run" && (
        <>
          <p>
            One run now, with the parameters and the options that the schedule gives its runs. Its next slot stays as it
            is.
          </p>
          {schedule.parameters !== null && <pre class="schedule-parameters">{schedule.parameters}</pre>}
        </>
      )}
      {act === "pause" && (
        <p>Slots that pass while it is paused are not made up. Runs that were started go to their end.</p>
      )}
      {act === "resume" && <p>It starts with its next slot. Slots that passed during the pause are not made up.</p>}
    </Confirm>
  );
}
