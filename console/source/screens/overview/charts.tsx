import type { JoinedSeries } from "../../../../runtime/operations/documents/front.js";
import { Chart } from "../../parts/chart/chart.tsx";
import { DASHES, type Line } from "../../parts/chart/lines.ts";
import { LiveWaiting } from "../../parts/page/live-waiting.tsx";
import { Section } from "../../parts/page/page.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count, rate } from "../../parts/text/number.ts";
import { present } from "./numbers.ts";

interface Named {
  readonly name: string;
  readonly label: string;
  readonly tone: string;
}

const ENDS: readonly Named[] = [
  { name: "completed", label: "completed", tone: "good" },
  { name: "failed", label: "failed runs", tone: "bad" },
  { name: "retried", label: "retried", tone: "again" },
  { name: "deadlettered", label: "dead letters", tone: "held" },
  { name: "discarded", label: "discarded", tone: "ended" },
  { name: "expired", label: "expired", tone: "later" },
  { name: "killswitched", label: "dropped", tone: "held" },
  { name: "forwarded", label: "forwarded", tone: "wait" },
  { name: "cancelled", label: "cancelled", tone: "ended" },
];

const STATES: readonly Named[] = [
  { name: "pending", label: "pending", tone: "wait" },
  { name: "processing", label: "processing", tone: "run" },
  { name: "delayed", label: "delayed", tone: "later" },
  { name: "retry", label: "retry", tone: "again" },
  { name: "failure", label: "failure", tone: "bad" },
  { name: "parked", label: "parked", tone: "held" },
];

const TIMES: readonly Named[] = [
  { name: "wait_p50", label: "wait p50", tone: "wait" },
  { name: "wait_p95", label: "wait p95", tone: "wait" },
  { name: "wait_p99", label: "wait p99", tone: "wait" },
  { name: "run_p50", label: "run p50", tone: "run" },
  { name: "run_p95", label: "run p95", tone: "run" },
  { name: "run_p99", label: "run p99", tone: "run" },
];

/** The last hour: what ended, what is in flight, and how long things take. */
export function Charts({ series }: { readonly series: JoinedSeries | undefined }) {
  if (series === undefined) return <LiveWaiting what="The charts of the last hour" rows={5} />;
  const worst = series.worst.length > 0 ? "slowest broker" : undefined;
  const chart = { at: series.at, step: series.step };
  return (
    <Section title="The last hour">
      <div class="charts">
        <Chart
          {...chart}
          title="Ended"
          about="a second"
          format={rate}
          lines={linesOf(series, ENDS, ["completed", "failed"])}
        />
        <Chart
          {...chart}
          title="In flight"
          about="activations"
          format={count}
          lines={linesOf(series, STATES, ["pending", "processing"])}
        />
        <Chart
          {...chart}
          title="Wait and run"
          {...(worst === undefined ? {} : { about: worst })}
          format={durationWords}
          lines={linesOf(series, TIMES, ["wait_p95", "run_p95"])}
        />
      </div>
    </Section>
  );
}

/** Lines of what was there within the hour; each has a dash of its own. */
function linesOf(series: JoinedSeries, named: readonly Named[], always: readonly string[]): Line[] {
  const shown = present(
    series,
    named.map(({ name }) => name),
    always,
  );
  return named
    .filter(({ name }) => shown.includes(name))
    .map(({ name, label, tone }, index) => ({
      label,
      tone,
      dash: DASHES[index % DASHES.length] ?? [],
      values: series.broker[name] ?? series.at.map(() => null),
    }));
}
