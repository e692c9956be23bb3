import { useMemo } from "preact/hooks";
import { live } from "../../data/live.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { useShortcuts } from "../../parts/keys/keys.ts";
import { LiveWaiting } from "../../parts/page/live-waiting.tsx";
import { Page } from "../../parts/page/page.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import { clip } from "../../parts/text/clip.ts";
import { Clipped } from "../../parts/text/clipped.tsx";
import { Copy } from "../../parts/text/copy.tsx";
import { plural } from "../../parts/text/number.ts";
import { Declaration } from "./declaration.tsx";
import { InFlight } from "./in-flight.tsx";
import { Marks } from "./marks.tsx";
import { RecentEnds } from "./recent-ends.tsx";
import { SendDialog } from "./send-dialog.tsx";
import { TaskActions } from "./task-actions.tsx";
import { TaskCharts } from "./task-charts.tsx";
import { TaskErrors, TaskFindings } from "./task-errors.tsx";
import { joined, taskFacts } from "./task-facts.ts";
import "../overview/tiles.css";
import "./tasks.css";

/** One task: why it does not run, how it goes, what it is, and what can be done with it. */
export function Task({ name }: { readonly name: string }) {
  const { search, change } = useHere();
  const known = useQuery("tasks");
  // These ask by themselves: the same element is not drawn again with each status.
  const findings = useMemo(() => <TaskFindings name={name} />, [name]);
  const charts = useMemo(() => <TaskCharts name={name} />, [name]);
  const below = useMemo(
    () => (
      <>
        <TaskErrors name={name} />
        <RecentEnds name={name} />
      </>
    ),
    [name],
  );
  const statuses = live.brokers.value.map(({ status }) => status);
  const all = taskFacts(statuses, known.data?.tasks ?? []).filter(({ task }) => task === name);
  const facts = joined(all);
  const types = known.data?.types[facts?.known?.application ?? ""] ?? [];
  const send = () => change({ send: 1 });
  useShortcuts("Task", [{ keys: "n", label: "Send one", run: send }], facts?.known?.sendable === true);
  const title = clip(name, 70);
  return (
    <Page
      title={title}
      heading={
        <>
          <Clipped text={name} longest={70} mono /> <Copy text={name} label="Copy the name" small />
        </>
      }
      above={{ label: "Tasks", href: linkTo("tasks") }}
      about={facts === undefined ? undefined : <Marks facts={facts} />}
      actions={facts === undefined ? undefined : <TaskActions name={name} facts={facts} onSend={send} />}
    >
      {known.error !== undefined && (
        <Loaded of={known} what="The task's schema" rows={0}>
          {() => null}
        </Loaded>
      )}
      {facts?.known?.deprecated !== undefined && <Banner level="warning">Deprecated: {facts.known.deprecated}</Banner>}
      {facts?.known?.description !== undefined && <p class="description">{facts.known.description}</p>}
      {findings}
      {facts === undefined && known.data !== undefined && statuses.length > 0 && <Unseen name={name} />}
      {facts === undefined && (known.data === undefined || statuses.length === 0) && (
        <LiveWaiting what="What is known of the task" />
      )}
      {all.length > 1 && (
        <Banner level="info">
          {plural(all.length, "application or namespace", "applications or namespaces")} have a task of this name; the
          numbers are of all of them.
        </Banner>
      )}
      {facts !== undefined && (
        <>
          <InFlight facts={facts} />
          {charts}
        </>
      )}
      {below}
      {facts !== undefined && <Declaration facts={facts} statuses={statuses} types={types} />}
      {search.get("send") !== null && facts !== undefined && facts.known !== null && (
        <SendDialog task={facts.known} types={types} onClose={() => change({ send: undefined }, "replace")} />
      )}
    </Page>
  );
}

function Unseen({ name }: { readonly name: string }) {
  return (
    <Empty title="No such task is known">
      <p>
        No schema of this console has “{clip(name, 80)}”, none of it is in flight, and none ended in the last minute. It
        may be written differently: <a href={linkTo("tasks")}>all tasks</a>.
      </p>
    </Empty>
  );
}
