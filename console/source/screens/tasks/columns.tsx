import { linkTo } from "../../data/location.ts";
import type { Column } from "../../parts/table/column.ts";
import { clip } from "../../parts/text/clip.ts";
import { Fitted } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count, percent, rate } from "../../parts/text/number.ts";
import type { Times } from "./latest-times.ts";
import { Marks } from "./marks.tsx";
import type { Order } from "./orders.ts";
import { failingShare, shownName, type TaskFacts } from "./task-facts.ts";

/** Most characters of a title. */
const TITLE = 200;

const NONE = <span class="muted">–</span>;

interface Options {
  readonly times: ReadonlyMap<string, Times>;
  /** Connected workers that name a task. */
  readonly handled: ReadonlyMap<string, number>;
  /** Every task is of one application. */
  readonly oneApplication: boolean;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

type Ordered = Pick<Column<TaskFacts>, "onSort" | "sorted">;

export function columnsOf({ times, handled, oneApplication, order, onOrder }: Options): readonly Column<TaskFacts>[] {
  const by = (of: Order): Ordered => ({
    onSort: () => onOrder(of),
    sorted: order === of ? (of === "name" ? "ascending" : "descending") : undefined,
  });
  return [
    {
      id: "task",
      title: "Task",
      ...by("name"),
      wide: true,
      card: "title",
      cell: (facts) => (
        <div class="task-name">
          <a href={linkTo("task", { name: facts.task })} title={clip(facts.task, TITLE)}>
            <Fitted text={shownName(facts)} />
          </a>
          <Marks facts={facts} plain={oneApplication} />
        </div>
      ),
    },
    {
      id: "waiting",
      title: "Waiting",
      ...by("waiting"),
      numeric: true,
      cell: ({ counts }) => numberOf(counts.pending + counts.parked),
    },
    {
      id: "running",
      title: "Running",
      numeric: true,
      roomy: true,
      card: "hidden",
      cell: ({ counts }) => numberOf(counts.processing),
    },
    {
      id: "delayed",
      title: "Delayed",
      numeric: true,
      roomy: true,
      card: "hidden",
      cell: ({ counts }) => numberOf(counts.delayed),
    },
    {
      id: "oldest",
      title: "Oldest",
      ...by("oldest"),
      numeric: true,
      card: "hidden",
      cell: ({ oldestPending, unclaimed }) => {
        const oldest = oldestPending ?? unclaimed?.oldest ?? null;
        return oldest === null ? NONE : durationWords(oldest);
      },
    },
    {
      id: "done",
      title: "Done/s",
      numeric: true,
      ...by("busy"),
      cell: ({ done }) => (done === 0 ? NONE : rate(done / 60)),
    },
    {
      id: "failing",
      title: "Failing",
      ...by("failing"),
      numeric: true,
      cell: (task) => {
        const share = failingShare(task);
        if (share === null) return NONE;
        return task.failed === 0 ? "0 %" : <span class="tone-bad">{percent(share)}</span>;
      },
    },
    {
      id: "wait",
      title: "Wait p95",
      numeric: true,
      roomy: true,
      card: "hidden",
      cell: ({ task }) => timeOf(times.get(task)?.wait),
    },
    {
      id: "run",
      title: "Run p95",
      numeric: true,
      roomy: true,
      card: "hidden",
      cell: ({ task }) => timeOf(times.get(task)?.run),
    },
    {
      id: "workers",
      title: "Workers",
      numeric: true,
      roomy: true,
      card: "hidden",
      cell: ({ task }) => numberOf(handled.get(task) ?? 0),
    },
  ];
}

function numberOf(value: number) {
  return value === 0 ? NONE : count(value);
}

function timeOf(value: number | null | undefined) {
  return value === null || value === undefined ? NONE : durationWords(value);
}
