import "../style/tokens.css";
import "../style/base.css";
import "../style/shell.css";
import "../style/parts.css";
import "../style/forms.css";
import { render } from "preact";
import { useState } from "preact/hooks";
import type { FieldModel, NamedType } from "../../../runtime/model/model.js";
import { printJson } from "../data/json.ts";
import { useQuery } from "../data/query.ts";
import { Chart } from "../parts/chart/chart.tsx";
import { DASHES } from "../parts/chart/lines.ts";
import { Sparkline } from "../parts/chart/sparkline.tsx";
import { Action } from "../parts/dialog/action.tsx";
import { BulkConfirm } from "../parts/dialog/bulk.tsx";
import { FilterBox } from "../parts/filter/filter-box.tsx";
import { fits, ParametersForm } from "../parts/form/parameters-form.tsx";
import { announceCalmly } from "../parts/page/announcer.tsx";
import { Page, Section } from "../parts/page/page.tsx";
import { StateMark } from "../parts/page/state-mark.tsx";
import { Banner, Empty, Loaded, Skeleton } from "../parts/page/states.tsx";
import { Tabs } from "../parts/page/tabs.tsx";
import { Toasts, toast } from "../parts/page/toasts.tsx";
import type { Column } from "../parts/table/column.ts";
import { NewRows, Pager } from "../parts/table/pager.tsx";
import { useSelection } from "../parts/table/selection.ts";
import { Table } from "../parts/table/table.tsx";
import { Clipped } from "../parts/text/clipped.tsx";
import { Copy } from "../parts/text/copy.tsx";
import { JsonTree } from "../parts/text/json-tree.tsx";
import { bytes, percent, rate } from "../parts/text/number.ts";
import { Countdown, Duration, Time } from "../parts/text/time.tsx";

// Every part of the console on one page, to look at while it is built: `npx vite console`, then /gallery.html. It is not in
// the package.

const STATES =
  "processing pending delayed retry failure parked completed retried deadlettered discarded expired killswitched forwarded cancelled open replayed purged running stopped slow warning fine";
const HOSTILE = "issues.deliver\u202e\u001b[31m<img onerror=alert(1)>\u0000.webhook";
const ROWS = Array.from({ length: 12 }, (_, index) => ({
  id: `0192ab4c-7d21-7e3a-9c11-${String(index).padStart(12, "0")}`,
  task: index === 3 ? HOSTILE : "sentry.issues.tasks.deliver_issue_webhook",
  state: STATES.split(" ")[index] ?? "pending",
  age: index * 4321,
}));
const JSON_VALUE = {
  group_id: 9007199254740993n,
  tags: ["a", "b"],
  ["__proto__"]: { deep: [[[1]]] },
  token: { $covered: true },
  body: { $bytes: "00ff12", length: 3 },
  long: "x".repeat(400),
};
const AT = Array.from({ length: 120 }, (_, index) => Date.now() - (120 - index) * 5000).filter(
  (_, index) => index < 60 || index > 75,
);

const COLUMNS: readonly Column<(typeof ROWS)[number]>[] = [
  {
    id: "task",
    title: "Task",
    wide: true,
    card: "title",
    cell: ({ task }) => <Clipped text={task} mono longest={60} />,
  },
  { id: "state", title: "State", cell: ({ state }) => <StateMark of={state} /> },
  { id: "id", title: "Id", cell: ({ id }) => <Clipped text={id} mono longest={13} /> },
  { id: "age", title: "Age", numeric: true, cell: ({ age }) => <Duration of={age} /> },
];

const PARAMETERS: readonly FieldModel[] = [
  {
    name: "group_id",
    type: { kind: "bigint" },
    optional: false,
    nullable: false,
    description: "The group of the event.",
  },
  { name: "rate", type: { kind: "float", min: 0, max: 1 }, optional: false, nullable: true, default: 0.5 },
  { name: "url", type: { kind: "string", maxLength: 200, pattern: "^https?:" }, optional: true, nullable: false },
  { name: "token", type: { kind: "string" }, optional: true, nullable: false, sensitive: true },
  { name: "level", type: { kind: "named", name: "Level" }, optional: false, nullable: false },
  { name: "at", type: { kind: "datetime" }, optional: false, nullable: false },
  { name: "users", type: { kind: "list", element: { kind: "named", name: "User" } }, optional: false, nullable: false },
  { name: "labels", type: { kind: "map", element: { kind: "string" } }, optional: true, nullable: false },
  { name: "extra", type: { kind: "json" }, optional: true, nullable: false },
];
const TYPES: readonly NamedType[] = [
  { kind: "enum", name: "Level", values: ["debug", "error"] },
  {
    kind: "record",
    name: "User",
    fields: [
      { name: "id", type: { kind: "int", min: 1 }, optional: false, nullable: false },
      { name: "admin", type: { kind: "bool" }, optional: true, nullable: false },
    ],
  },
];

function FormExample() {
  const [text, setText] = useState('{"group_id":9007199254740993,"users":[{"id":0}],"labels":{"a":"b"}}');
  return (
    <Section title="Form" aside={fits(PARAMETERS, TYPES, text) ? "fits" : "does not fit"}>
      <div class="card">
        <ParametersForm parameters={PARAMETERS} types={TYPES} value={text} onChange={setText} checked />
      </div>
    </Section>
  );
}

function Gallery() {
  const [filter, setFilter] = useState("state:pending age>10m");
  const [bulk, setBulk] = useState(false);
  const selection = useSelection();
  const failing = useQuery("workers");
  const wave = (shift: number) => AT.map((_, index) => 50 + 40 * Math.sin(index / 9 + shift));
  return (
    <div class="middle">
      <Page
        title="Parts"
        about="Every part in each of its states"
        actions={
          <>
            <Action tone="danger" shortcut="c" onClick={() => setBulk(true)} why="Nothing is selected">
              Cancel
            </Action>
            <button type="button" class="button main" onClick={() => setBulk(true)}>
              Bulk
            </button>
            <button
              type="button"
              class="button"
              onClick={() =>
                toast("3 letters are purged in 10 s", {
                  action: { label: "Undo", run: () => announceCalmly("Undone") },
                })
              }
            >
              Toast
            </button>
          </>
        }
      >
        <Section title="States">
          <div class="row">
            {STATES.split(" ").map((state) => (
              <StateMark key={state} of={state} />
            ))}
          </div>
        </Section>
        <Section title="Banners">
          <Banner level="info">Something on the way cuts the live stream, so this page asks every 5 s.</Banner>
          <Banner level="warning">broker-b:50051 does not answer: timeout. Totals are lower bounds.</Banner>
          <Loaded of={failing} what="The list of workers">
            {() => null}
          </Loaded>
          <Skeleton rows={4} />
          <Empty title="Nothing is delayed">
            <p>12 match without state:delayed</p>
          </Empty>
        </Section>
        <Section title="Numbers">
          <p>
            {rate(0.25)} {rate(4.21)} {rate(12400)} {percent(0.0041)} {bytes(123456789)} <Duration of={4210} />{" "}
            <Time at={Date.now() - 75_000} /> <Countdown until={Date.now() + 190_000} />
          </p>
          <Sparkline label="done" values={wave(0)} tone="good" />
        </Section>
        <Section title="Chart">
          <div class="card">
            <Chart
              title="Throughput"
              about="ends a second"
              at={AT}
              step={5}
              format={rate}
              lines={[
                { label: "completed", tone: "good", dash: DASHES[0] ?? [], values: wave(0) },
                { label: "retried", tone: "again", dash: DASHES[1] ?? [], values: wave(1) },
                { label: "failed", tone: "bad", dash: DASHES[2] ?? [], values: wave(2) },
              ]}
            />
          </div>
        </Section>
        <Section title="List">
          <Tabs
            label="States"
            active="pending"
            tabs={[
              { id: "all", label: "All", count: 812345, href: "#a" },
              { id: "pending", label: "Pending", count: 4210, href: "#b" },
            ]}
          />
          <FilterBox
            noun="activations"
            value={filter}
            onChange={setFilter}
            known={{ task: ["issues.deliver", "issues.post_process"], args: ["group_id"] }}
          />
          <NewRows count={12} onShow={() => undefined} />
          <Table
            caption="Activations"
            keys
            rows={ROWS}
            keyOf={({ id }) => id}
            selection={selection}
            onOpen={({ id }) => toast(id)}
            isOver={({ state }) => state === "completed"}
            columns={COLUMNS}
          />
          <Pager rows={12} noun="activation" total={{ count: 1000, exact: false }} onNext={() => undefined} />
        </Section>
        <FormExample />
        <Section title="JSON" aside={<Copy label="Copy as JSON" text={() => printJson(JSON_VALUE)} />}>
          <div class="card">
            <JsonTree value={JSON_VALUE} />
          </div>
        </Section>
      </Page>
      {bulk && (
        <BulkConfirm
          title="Cancel everything that matches"
          verb="Cancel"
          noun="activation"
          tone="danger"
          plan={async () => ({
            matched: 4210,
            leftOut: { running: 3 },
            tasks: { "issues.deliver": 4200, other: 10 },
            plan: "p",
          })}
          change={async () => undefined}
          onClose={() => setBulk(false)}
        />
      )}
      <Toasts />
    </div>
  );
}

const root = document.getElementById("app");
if (root !== null) render(<Gallery />, root);
