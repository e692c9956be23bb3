import "./schedules.css";
import { useState } from "preact/hooks";
import type { ScheduleDocument } from "../../../../runtime/operations/documents/front.js";
import { linkTo } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { settings } from "../../data/settings.ts";
import { Action } from "../../parts/dialog/action.tsx";
import { Page } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { plural } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { CodeLine } from "../overview/code-line.tsx";
import { NextRuns } from "./next-runs.tsx";
import { type Asking, ScheduleDialog } from "./schedule-dialog.tsx";
import { jitterWords, missedWords } from "./words.ts";

/** Runs that start this much later than their slot are said to be late. */
const LATE_MS = 1000;
/** Last and next runs are asked for this often, seconds. */
const PACE = 5;

/** What starts by itself: when, how it was, and run now, pause, resume. */
export function Schedules() {
  const [asking, setAsking] = useState<Asking>();
  const result = useQuery("schedules", {}, { every: settings.value.refresh === 0 ? 0 : PACE });
  return (
    <Page title="Schedules">
      <Loaded of={result} what="The list of schedules">
        {({ schedules, problem }) => (
          <>
            {problem !== null && <Banner level="warning">Pauses and last runs are not known: {problem}</Banner>}
            {schedules.length === 0 ? (
              <NoSchedules />
            ) : (
              <Table
                caption="Schedules"
                columns={columnsOf(setAsking, problem !== null)}
                rows={schedules}
                keyOf={({ task }) => task}
                keys
              />
            )}
          </>
        )}
      </Loaded>
      {asking !== undefined && (
        <ScheduleDialog asking={asking} onClose={() => setAsking(undefined)} onDone={result.reload} />
      )}
    </Page>
  );
}

function columnsOf(ask: (asking: Asking) => void, isUnknown: boolean): readonly Column<ScheduleDocument>[] {
  return [
    {
      id: "task",
      title: "Task",
      card: "title",
      cell: ({ task, name, paused }) => (
        <div class="schedule-task">
          <a href={linkTo("task", { name })}>
            <Clipped text={task} longest={44} mono />
          </a>
          {paused && <StateMark of="parked" word="paused" />}
        </div>
      ),
    },
    {
      id: "plan",
      title: "When",
      wide: true,
      cell: ({ words, plan, timezone, missed, jitterSeconds }) => (
        <div class="schedule-plan">
          <span>{words}</span>
          <span class="muted">
            <code>{plan}</code> {timezone ?? ""}
          </span>
          <span class="muted">
            {missedWords(missed)} {jitterWords(jitterSeconds)}
          </span>
        </div>
      ),
    },
    {
      id: "next",
      title: "Next",
      cell: ({ next, timezone, paused, pausedAt }) =>
        paused ? (
          <span class="muted">paused {pausedAt !== null && <Time at={pausedAt} />}</span>
        ) : (
          <NextRuns next={next} timezone={timezone} />
        ),
    },
    {
      id: "last",
      title: "Last",
      cell: (schedule) => (
        <div class="schedule-plan schedule-last">
          {schedule.last === null ? (
            <span class="muted">{isUnknown || !schedule.known ? "not known" : "none yet"}</span>
          ) : (
            <a href={linkTo("activations", {}, { tab: "ended", q: `task:${schedule.name}` })}>
              <Time at={schedule.last} />
            </a>
          )}
          <Unstarted schedule={schedule} />
          {schedule.scheduler !== null && (
            <span class="muted">
              by <Clipped text={schedule.scheduler} longest={16} mono />
              {schedule.late !== null && schedule.late >= LATE_MS && `, ${durationWords(schedule.late)} late`}
            </span>
          )}
        </div>
      ),
    },
    {
      id: "act",
      title: "Actions",
      cell: (schedule) => (
        <span class="schedule-actions">
          <Action right="send" small onClick={() => ask({ act: "run", schedule })}>
            Run now
          </Action>
          {schedule.paused ? (
            <Action small onClick={() => ask({ act: "resume", schedule })}>
              Resume
            </Action>
          ) : (
            <Action small onClick={() => ask({ act: "pause", schedule })}>
              Pause
            </Action>
          )}
        </span>
      ),
    },
  ];
}

/** Slots that were not started: due now, or left out by the schedule's rule the last time. */
function Unstarted({ schedule: { overdue, missedSlots } }: { readonly schedule: ScheduleDocument }) {
  if (overdue !== null)
    return (
      <span>
        <StateMark of="stopped" word={`${plural(overdue.count, "slot")} due`} /> since <Time at={overdue.first} />
      </span>
    );
  if (missedSlots === null) return null;
  return (
    <span>
      {plural(missedSlots.count, "slot")} missed, the last <Time at={missedSlots.last} />
    </span>
  );
}

function NoSchedules() {
  const { data } = useQuery("tasks");
  if (data?.tasks.length === 0) {
    return (
      <Empty title="No model is known here">
        <p>Schedules are declared in the schema. Start the console with the model of its application:</p>
        <CodeLine text="taskwire console --model generated/taskwire.json" />
      </Empty>
    );
  }
  return (
    <Empty title="No task has a schedule in this environment">
      <p>A task starts by itself when the schema gives it a schedule:</p>
      <CodeLine
        text={
          'heartbeat:\n  schedule: { every: 5m }\nnightly_report:\n  schedule: { cron: "30 2 * * *", timezone: Europe/Vienna }'
        }
      />
    </Empty>
  );
}
