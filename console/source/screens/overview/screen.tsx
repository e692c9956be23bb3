import { useMemo } from "preact/hooks";
import type { JoinedSeries } from "../../../../runtime/operations/documents/front.js";
import { live } from "../../data/live.ts";
import { withPoints } from "../../data/points.ts";
import { useQuery } from "../../data/query.ts";
import { Page } from "../../parts/page/page.tsx";
import { taskFacts } from "../tasks/task-facts.ts";
import { Charts } from "./charts.tsx";
import { Errors } from "./errors.tsx";
import { Findings } from "./findings.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { HotTasks } from "./hot-tasks.tsx";
import { NumberTiles } from "./number-tiles.tsx";
import { neverUsed, SHOWN_SERIES } from "./numbers.ts";
import { Soon } from "./soon.tsx";
import "./overview.css";

/** How often the whole hour is read again, seconds: it fills what a cut stream left out. */
const PACE = 60;

/** These ask by themselves: the same element is not drawn again with each status. */
const BELOW = (
  <div class="overview-columns">
    <Errors />
    <Soon />
  </div>
);

/** What is wrong, first of all; then how much is done, and what comes next. */
export function Overview() {
  const tasks = useQuery("tasks");
  const brokers = live.brokers.value;
  const statuses = brokers.map(({ status }) => status);
  const past = useQuery("series", { names: SHOWN_SERIES.join(",") }, { every: PACE });
  const points = live.points.value;
  const series = useMemo(() => pointsOf(past.data, points), [past.data, points]);
  // Drawn again when they change, not with each status.
  const charts = useMemo(() => <Charts series={series} />, [series]);
  const isNew = neverUsed(statuses);
  const facts = taskFacts(statuses, tasks.data?.tasks ?? []);
  return (
    <Page title="Overview">
      <Findings problems={live.problems.value} isNew={isNew} />
      {isNew && <FirstSteps tasks={tasks} />}
      {statuses.length > 0 && !isNew && (
        <>
          <NumberTiles statuses={statuses} series={series} />
          {charts}
          <HotTasks facts={facts} />
          {BELOW}
        </>
      )}
    </Page>
  );
}

/** The hour as it was read, and what the stream has brought since. */
function pointsOf(past: JoinedSeries | undefined, fresh: JoinedSeries | undefined): JoinedSeries | undefined {
  return fresh === undefined ? past : withPoints(past, fresh);
}
