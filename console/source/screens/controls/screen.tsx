import "../activations/activations.css";
import "./controls.css";
import { useRef, useState } from "preact/hooks";
import type { JoinedControls } from "../../../../runtime/operations/documents/front.js";
import { useQuery } from "../../data/query.ts";
import { Action, whyNot } from "../../parts/dialog/action.tsx";
import { useShortcuts } from "../../parts/keys/keys.ts";
import { Page, Section } from "../../parts/page/page.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import { Table } from "../../parts/table/table.tsx";
import { count, plural } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import { AuditLog } from "./audit-log.tsx";
import { controlColumns } from "./columns.tsx";
import { EndDialog } from "./end-dialog.tsx";
import { type JoinedControl, joinedControls } from "./joined.ts";
import { NewControl } from "./new-control.tsx";
import { RuntimeConfigs } from "./runtime-configs.tsx";

/** Who applies what, and end times, are asked for this often, seconds. */
const PACE = 5;

/** What people and files hold back or drop, and what people did. */
export function Controls() {
  const result = useQuery("controls", {}, { every: PACE });
  const [asking, setAsking] = useState<"pause" | "kill" | JoinedControl>();
  const place = useRef<HTMLDivElement>(null);
  const controls = result.data === undefined ? [] : joinedControls(result.data);
  const start = (what: "pause" | "kill") => {
    if (whyNot("operate", null) === null) setAsking(what);
  };
  useShortcuts("Controls", [
    { keys: "n", label: "New kill rule", run: () => start("kill") },
    {
      keys: "u",
      label: "Resume or end the row",
      run: () => {
        const key = place.current?.querySelector<HTMLElement>("tr:focus, tr:focus-within")?.dataset.key;
        const found = controls.find((each) => keyOf(each) === key);
        if (found?.control.source === "person" && whyNot("operate", null) === null) setAsking(found);
      },
    },
  ]);
  const close = () => setAsking(undefined);
  return (
    <Page
      title="Controls"
      actions={
        <>
          <Action onClick={() => setAsking("pause")}>New pause</Action>
          <Action tone="danger" shortcut="n" onClick={() => setAsking("kill")}>
            New kill rule
          </Action>
        </>
      }
    >
      <Section title="In force">
        <Loaded of={result} what="The list of controls" rows={4}>
          {({ brokers, partial }) => (
            <div class="list" ref={place}>
              {partial.length > 0 && (
                <Banner level="warning">
                  {partial.map(({ broker }) => broker).join(", ")} did not answer: what it applies is not known.
                </Banner>
              )}
              {new Set(brokers.map(({ version }) => version)).size > 1 && (
                <Banner level="warning">
                  The brokers apply different controls of people. They agree within seconds, unless one cannot read the
                  control topic.
                </Banner>
              )}
              {brokers.flatMap(({ broker, problem }) =>
                problem === null ? [] : [<Banner key={broker} level="warning">{`${broker}: ${problem}`}</Banner>],
              )}
              {controls.length === 0 ? (
                <Empty
                  title={partial.length > 0 ? "Nothing at the brokers that answered" : "Nothing is paused or dropped"}
                >
                  <p>
                    A pause keeps the work of a task, a namespace, a topic or a pool waiting. A kill rule drops it. Both
                    have an author, a reason and an end time.
                  </p>
                </Empty>
              ) : (
                <Table
                  caption="Pauses and kill rules in force"
                  columns={controlColumns(
                    brokers.map(({ broker }) => broker),
                    setAsking,
                  )}
                  rows={controls}
                  keyOf={keyOf}
                  keys
                />
              )}
              <CancelledAhead brokers={brokers} />
              {brokers.some(({ leftOut }) => leftOut > 0) && (
                <p class="muted">
                  {plural(Math.max(...brokers.map(({ leftOut }) => leftOut)), "further rule")} of the file are not
                  listed.
                </p>
              )}
            </div>
          )}
        </Loaded>
      </Section>
      <RuntimeConfigs />
      <AuditLog />
      {(asking === "pause" || asking === "kill") && <NewControl kind={asking} onClose={close} onDone={result.reload} />}
      {typeof asking === "object" && <EndDialog joined={asking} onClose={close} onDone={result.reload} />}
    </Page>
  );
}

/** Ids that operators cancelled before their records are read, by broker. */
function CancelledAhead({ brokers }: Pick<JoinedControls, "brokers">) {
  const some = brokers.flatMap(({ broker, cancelledAhead: ahead }) =>
    ahead === undefined || ahead.ids === 0 ? [] : [{ broker, ...ahead }],
  );
  if (some.length === 0) return null;
  return (
    <ul class="cancelled-ahead">
      {some.map(({ broker, ids, most, since }) => (
        <li key={broker}>
          <span class="mono">{broker}</span> cancels {plural(ids, "id")} when they are read, the oldest asked for{" "}
          <Time at={since} />. <span class="muted">At most {count(most)}, each for 24 h.</span>
        </li>
      ))}
    </ul>
  );
}

function keyOf({ control: { id, source, subject } }: JoinedControl): string {
  return `${source} ${id} ${subject}`;
}
