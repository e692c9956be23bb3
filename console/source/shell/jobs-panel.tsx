import type { Of } from "../../../runtime/operations/documents/front.js";
import type { JobDocument } from "../../../runtime/operations/documents/jobs.js";
import { api } from "../data/api.ts";
import { live } from "../data/live.ts";
import { problemOf } from "../data/problem-error.ts";
import { encoded } from "../data/routes.ts";
import { Action } from "../parts/dialog/action.tsx";
import { Dialog } from "../parts/dialog/dialog.tsx";
import { StateMark } from "../parts/page/state-mark.tsx";
import { Empty } from "../parts/page/states.tsx";
import { toast } from "../parts/page/toasts.tsx";
import { Clipped } from "../parts/text/clipped.tsx";
import { count } from "../parts/text/number.ts";
import { Time } from "../parts/text/time.tsx";

const VERBS: Readonly<Partial<Record<JobDocument["verb"], string>>> = {
  Cancel: "Cancel activations",
  Promote: "Retry activations now",
  Purge: "Purge activations",
  ReplayLetters: "Replay dead letters",
  PurgeLetters: "Purge dead letters",
};

/** Bulk work: what runs, and what ran in the last hour. */
export function JobsPanel({ onClose }: { readonly onClose: () => void }) {
  const jobs = live.jobs.value?.jobs;
  return (
    <Dialog title="Jobs" onClose={onClose} large>
      {jobs === undefined && <p>Not known yet.</p>}
      {jobs?.length === 0 && (
        <Empty title="No bulk work in the last hour">
          <p>A job begins when you cancel, retry, purge or replay everything that a filter matches.</p>
        </Empty>
      )}
      <ul class="jobs">
        {jobs?.map((job) => (
          <Job key={`${job.broker}/${job.id}`} job={job} />
        ))}
      </ul>
    </Dialog>
  );
}

function Job({ job }: { readonly job: Of<JobDocument> }) {
  const cancel = async () => {
    try {
      live.jobs.value = await api.post(`jobs/${encoded(job.id)}/cancel`, { broker: job.broker });
      toast("The job ends after its present step; what it did stays done");
    } catch (error) {
      toast(`The job was not cancelled: ${problemOf(error).message}`, { level: "failed" });
    }
  };
  const leftOut = Object.entries(job.leftOut).filter(([, number]) => number > 0);
  return (
    <li class="job">
      <div class="job-head">
        <StateMark
          of={job.state === "failed" ? "failure" : job.state === "done" ? "completed" : job.state}
          word={job.state}
        />
        <strong>{VERBS[job.verb] ?? job.verb}</strong>
        <span class="muted">
          by {job.actor} <Time at={job.startedAt} /> on {job.broker}
        </span>
        {job.state === "running" && (
          <Action small onClick={cancel}>
            Stop
          </Action>
        )}
      </div>
      <Clipped text={job.filter} mono longest={120} />
      <progress
        max={Math.max(1, job.total ?? job.matched)}
        value={job.endedAt === null ? job.done + job.asked : undefined}
        hidden={job.endedAt !== null}
      >
        {count(job.done)}
      </progress>
      <p class="number">
        {count(job.done)} done{job.asked > 0 && `, ${count(job.asked)} asked`} of {count(job.total ?? job.matched)}
        {leftOut.map(([cause, number]) => `, ${count(number)} left out (${cause.replaceAll("_", " ")})`)}
      </p>
      {job.error !== "" && <p class="field-problem">{job.error}</p>}
    </li>
  );
}
