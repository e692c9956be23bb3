import { linkTo } from "../../data/location.ts";
import { Section } from "../../parts/page/page.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Table } from "../../parts/table/table.tsx";
import { Fitted } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count, percent, rate } from "../../parts/text/number.ts";
import { failingShare, keyOf, shownName, type TaskFacts } from "../tasks/task-facts.ts";
import { busiest, worst } from "./ranking.ts";

const MOST = 6;

const NAME: Column<TaskFacts> = {
  id: "task",
  title: "Task",
  wide: true,
  card: "title",
  cell: (facts) => (
    <a href={linkTo("task", { name: facts.task })}>
      <Fitted text={shownName(facts)} />
    </a>
  ),
};

const BUSIEST: readonly Column<TaskFacts>[] = [
  NAME,
  { id: "done", title: "Done/s", numeric: true, cell: ({ done }) => rate(done / 60) },
  { id: "waiting", title: "Waiting", numeric: true, cell: ({ counts }) => count(counts.pending + counts.parked) },
  { id: "running", title: "Running", numeric: true, cell: ({ counts }) => count(counts.processing) },
];

const WORST: readonly Column<TaskFacts>[] = [
  NAME,
  { id: "failed", title: "Failed/min", numeric: true, cell: ({ failed }) => count(failed) },
  {
    id: "share",
    title: "Share",
    numeric: true,
    cell: (task) => {
      const share = failingShare(task);
      return share === null ? <span class="muted">–</span> : percent(share);
    },
  },
  {
    id: "unclaimed",
    title: "No worker",
    numeric: true,
    cell: ({ unclaimed }) => (unclaimed === null ? <span class="muted">–</span> : durationWords(unclaimed.oldest)),
  },
];

/** What was done most in the last minute, and what went worst. */
export function HotTasks({ facts }: { readonly facts: readonly TaskFacts[] }) {
  const busy = busiest(facts, MOST);
  const bad = worst(facts, MOST);
  return (
    <div class="overview-columns">
      <Section title="Busiest tasks" aside={<a href={linkTo("tasks")}>All tasks</a>}>
        {busy.length === 0 ? (
          <p class="muted">No run ended in the last minute, and nothing is in flight.</p>
        ) : (
          <Table caption="Busiest tasks of the last minute" columns={BUSIEST} rows={busy} keyOf={keyOf} />
        )}
      </Section>
      <Section title="Worst tasks">
        {bad.length === 0 ? (
          <p class="muted">No run failed in the last minute, and every task in flight has a worker.</p>
        ) : (
          <Table caption="Tasks that fail, or that nobody takes" columns={WORST} rows={bad} keyOf={keyOf} />
        )}
      </Section>
    </div>
  );
}
