import { useRef } from "preact/hooks";
import { live } from "../../data/live.ts";
import { linkTo, useHere } from "../../data/location.ts";
import { refreshes, useQuery } from "../../data/query.ts";
import { LiveWaiting } from "../../parts/page/live-waiting.tsx";
import { Page } from "../../parts/page/page.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import { Tabs } from "../../parts/page/tabs.tsx";
import { Pager } from "../../parts/table/pager.tsx";
import { Table } from "../../parts/table/table.tsx";
import { count } from "../../parts/text/number.ts";
import { columnsOf } from "./columns.tsx";
import { useTimes } from "./latest-times.ts";
import {
  inPlace,
  isShown,
  matches,
  ORDERS,
  type Order,
  ordered,
  orderOf,
  SHOWN,
  type Shown,
  shownOf,
} from "./orders.ts";
import { keyOf, type TaskFacts, taskFacts } from "./task-facts.ts";
import { TaskSearch } from "./task-search.tsx";
import "./tasks.css";

/** Rows of a page. */
const ROWS = 100;

/** Every task of the model, and every one that was seen. */
export function Tasks() {
  const { search, change, go } = useHere();
  const known = useQuery("tasks");
  const statuses = live.brokers.value.map(({ status }) => status);
  const all = taskFacts(statuses, known.data?.tasks ?? []);
  const shown = shownOf(search.get("show"));
  const order = orderOf(search.get("order"));
  const text = search.get("q") ?? "";
  const page = Math.max(1, Math.floor(Number(search.get("page") ?? 1)) || 1);

  const found = all.filter((task) => isShown(task, shown) && matches(task, text));
  // Numbers change in place: only a person's choice, or `r`, orders again.
  const rows = useOrder(
    found,
    JSON.stringify([shown, order, text, refreshes.value, known.data !== undefined, statuses.length > 0]),
    () => ordered(found, order),
  );
  const visible = rows.slice((page - 1) * ROWS, page * ROWS);
  const times = useTimes(visible.map(({ task }) => task));
  const handled = workersByTask(statuses.flatMap((status) => status.handled));
  const oneApplication = new Set(all.map(({ application }) => application)).size < 2;
  const onOrder = (next: Order) => change({ order: next === "name" ? undefined : next, page: undefined });
  const leftOut = statuses.reduce((sum, { tasksLeftOut }) => sum + tasksLeftOut, 0);

  return (
    <Page title="Tasks">
      {known.error !== undefined && (
        <Loaded of={known} what="The list of tasks of the schema">
          {() => null}
        </Loaded>
      )}
      {known.data?.tasks.length === 0 && <NoModel />}
      <div class="list-head">
        <Tabs
          label="Which tasks"
          active={shown}
          tabs={tabIds().map((id) => ({
            id,
            label: SHOWN[id],
            count: all.filter((task) => isShown(task, id)).length,
            href: linkTo(
              "tasks",
              {},
              { q: text, order: order === "name" ? undefined : order, show: id === "all" ? undefined : id },
            ),
          }))}
        />
        <div class="list-tools">
          <TaskSearch value={text} onChange={(q) => change({ q, page: undefined }, "replace")} />
          <label class="choice">
            <span>Order</span>
            <select value={order} onChange={(event) => onOrder(orderOf(event.currentTarget.value))}>
              {Object.entries(ORDERS).map(([id, label]) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      {statuses.length === 0 && live.missing.value.length === 0 && <LiveWaiting what="What is in flight" />}
      {live.missing.value.length > 0 && statuses.length > 0 && (
        <Banner level="warning">
          {live.missing.value.map(({ broker }) => broker).join(", ")} did not answer: what it has is not counted.
        </Banner>
      )}
      {visible.length > 0 && (
        <Table
          caption="Tasks"
          list="tasks"
          columns={columnsOf({ times, handled, oneApplication, order, onOrder })}
          rows={visible}
          keyOf={keyOf}
          keys
          onOpen={({ task }) => go(linkTo("task", { name: task }))}
        />
      )}
      {visible.length === 0 && known.data !== undefined && statuses.length > 0 && (
        <NothingFound all={all} shown={shown} text={text} />
      )}
      {leftOut > 0 && (
        <Banner level="info">
          {count(leftOut)} further tasks have work in flight: a broker names the 1,000 with the most. Find them among
          the <a href={linkTo("activations")}>activations</a>.
        </Banner>
      )}
      {rows.length > 0 && (
        <Pager
          rows={visible.length}
          total={{ count: rows.length, exact: leftOut === 0 }}
          noun="task"
          onPrevious={page > 1 ? () => change({ page: page === 2 ? undefined : page - 1 }) : undefined}
          onNext={rows.length > page * ROWS ? () => change({ page: page + 1 }) : undefined}
        />
      )}
    </Page>
  );
}

function tabIds(): Shown[] {
  return Object.keys(SHOWN).map(shownOf);
}

/** The rows in the order of the last time that `key` changed. */
function useOrder(found: readonly TaskFacts[], key: string, order: () => readonly TaskFacts[]): TaskFacts[] {
  const last = useRef<{ key: string; keys: readonly string[] }>({ key: "", keys: [] });
  if (last.current.key !== key) last.current = { key, keys: order().map(keyOf) };
  return inPlace(last.current.keys, found, keyOf);
}

function workersByTask(
  handled: readonly { readonly application: string; readonly task: string; readonly workers: number }[],
): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  // A worker may be connected to every broker, so that the largest number is the one that is certain.
  for (const { task, workers } of handled) most.set(task, Math.max(most.get(task) ?? 0, workers));
  return most;
}

function NoModel() {
  return (
    <Banner level="info">
      This console has no schema: tasks are shown as brokers see them. Start it with{" "}
      <code>--model generated/taskwire.json</code> for their parameters, and to send from here.
    </Banner>
  );
}

interface NothingProps {
  readonly all: readonly TaskFacts[];
  readonly shown: Shown;
  readonly text: string;
}

/** Says which part of the choice excludes everything. */
function NothingFound({ all, shown, text }: NothingProps) {
  if (all.length === 0) {
    return (
      <Empty title="No task is known">
        <p>None is in flight, none was seen in the last minute, and no schema names one.</p>
      </Empty>
    );
  }
  const elsewhere = all.filter((task) => matches(task, text)).length;
  return (
    <Empty title={text === "" ? WORDS[shown] : `No task here has “${text}” in its names`}>
      {elsewhere > 0 && (
        <p>
          <a href={linkTo("tasks", {}, { q: text })}>{elsewhere === 1 ? "1 task" : `${count(elsewhere)} tasks`}</a>{" "}
          without “{SHOWN[shown]}”.
        </p>
      )}
    </Empty>
  );
}

const WORDS: Readonly<Record<Shown, string>> = {
  all: "No task is known",
  active: "No task has anything in flight",
  failing: "No task failed in the last minute",
  held: "No task is paused, dropped or without a worker",
  unknown: "Every task that was seen is in the schema",
};
