import { useQuery } from "../../data/query.ts";
import { Chart } from "../../parts/chart/chart.tsx";
import { DASHES, type Line } from "../../parts/chart/lines.ts";
import { Section } from "../../parts/page/page.tsx";
import { Loaded } from "../../parts/page/states.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count, rate } from "../../parts/text/number.ts";

/** Seconds. */
const PACE = 10;

interface Named {
  readonly name: string;
  readonly label: string;
  readonly tone: string;
}

const CHARTS: readonly {
  readonly title: string;
  readonly about: string;
  readonly format: (value: number) => string;
  readonly lines: readonly Named[];
}[] = [
  {
    title: "Runs",
    about: "a second",
    format: rate,
    lines: [
      { name: "completed", label: "completed", tone: "good" },
      { name: "failed", label: "failed", tone: "bad" },
    ],
  },
  {
    title: "In flight",
    about: "activations",
    format: count,
    lines: [
      { name: "waiting", label: "waiting", tone: "wait" },
      { name: "processing", label: "processing", tone: "run" },
    ],
  },
  {
    title: "Wait and run",
    about: "p95",
    format: durationWords,
    lines: [
      { name: "wait_p95", label: "wait", tone: "wait" },
      { name: "run_p95", label: "run", tone: "run" },
    ],
  },
];

/** The last hour of one task. */
export function TaskCharts({ name }: { readonly name: string }) {
  // A comma would part the name in two.
  const series = useQuery(name.includes(",") ? null : "series", { names: "completed", tasks: name }, { every: PACE });
  return (
    <Section title="The last hour">
      <Loaded of={series} what="The charts" rows={5}>
        {({ at, step, tasks }) => {
          const [task] = tasks;
          if (task === undefined) {
            return <p class="muted">It is not among the 200 busiest tasks, of which brokers keep points.</p>;
          }
          return (
            <div class="charts">
              {CHARTS.map(({ title, about, format, lines }) => (
                <Chart
                  key={title}
                  title={title}
                  about={about}
                  at={at}
                  step={step}
                  format={format}
                  lines={lines.map(
                    ({ name: of, label, tone }, index): Line => ({
                      label,
                      tone,
                      dash: DASHES[index] ?? [],
                      values: task.series[of] ?? at.map(() => null),
                    }),
                  )}
                />
              ))}
            </div>
          );
        }}
      </Loaded>
    </Section>
  );
}
