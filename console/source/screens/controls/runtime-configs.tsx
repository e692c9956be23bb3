import { live } from "../../data/live.ts";
import { Section } from "../../parts/page/page.tsx";
import { Banner } from "../../parts/page/states.tsx";
import { plural } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { type Fact, Facts } from "../activation/facts.tsx";

/** The runtime configuration of each broker, as it was read. */
export function RuntimeConfigs() {
  const brokers = live.brokers.value;
  if (brokers.length === 0) return null;
  return (
    <Section title="Runtime configuration">
      {brokers.every(({ status }) => status.runtimeConfig === null) && (
        <p class="muted">No broker has a runtime configuration file.</p>
      )}
      {brokers.map(({ broker, status: { runtimeConfig: config } }) => {
        if (config === null) return null;
        const { file, current, error, readAt, droppedTasks, selectors, demotedNamespaces, demotedTo, warnings } =
          config;
        const facts: readonly Fact[] = [
          ["File", <span class="mono break">{file}</span>],
          ["Read", <Time at={readAt} />],
          [
            "Drops",
            droppedTasks.length === 0 && selectors === 0
              ? "nothing"
              : `${plural(droppedTasks.length, "task")}, ${plural(selectors, "selector")}`,
          ],
          [
            "Forwards",
            demotedNamespaces.length === 0
              ? "nothing"
              : `${demotedNamespaces.join(", ")} to ${demotedTo === undefined ? "another topic" : demotedTo.topic}`,
          ],
        ];
        return (
          <div key={broker} class="card runtime-config">
            <h3 class="mono">{broker}</h3>
            {!current && (
              <Banner level="failed">
                The file cannot be used, and the last valid one is in force: {error ?? "its content is not valid"}
              </Banner>
            )}
            <Facts facts={facts} />
            {warnings.map((warning) => (
              <Banner key={warning} level="warning">
                {warning}
              </Banner>
            ))}
          </div>
        );
      })}
    </Section>
  );
}
