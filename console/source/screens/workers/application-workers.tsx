import { listed } from "../../../../runtime/operations/diagnose/words.js";
import { linkTo } from "../../data/location.ts";
import { Section } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { bytes, count, plural } from "../../parts/text/number.ts";
import { Bar } from "../brokers/bar.tsx";
import { filterText } from "../tasks/filter-text.ts";
import { DrainButton } from "./drain-button.tsx";
import type { WorkerFacts, WorkerGroup, WorkerState } from "./worker-facts.ts";

interface Props {
  readonly group: WorkerGroup;
  /** Whether brokers are named: there are several. */
  readonly several: boolean;
}

interface NameProps {
  readonly worker: WorkerFacts;
  readonly several: boolean;
}

/** The workers of one application, by host. */
export function ApplicationWorkers({ group, several }: Props) {
  const { application, hosts, slots, processing, count: number, connectedHosts } = group;
  const rows = hosts.flatMap(({ workers }) => workers);
  const share = slots === 0 ? 0 : Math.min(1, processing / slots);
  return (
    <Section
      title={application === "" ? "Any application" : application}
      aside={
        <span class="slots-sum">
          <span class="muted">
            {plural(number, "worker")} on {plural(connectedHosts, "host")}
          </span>
          <span class="number">
            {count(processing)} / {plural(slots, "slot")}
          </span>
          <Bar share={share} label={`${processing} of ${slots} slots have work`} level={share >= 1 ? "near" : "free"} />
        </span>
      }
    >
      <div class="workers-table">
        <Table
          caption={`Workers of ${application}`}
          columns={columnsOf(several)}
          rows={rows}
          keyOf={({ worker }) => worker}
        />
      </div>
    </Section>
  );
}

const MARKS: Readonly<Record<WorkerState, { readonly of: string; readonly word: string }>> = {
  connected: { of: "fine", word: "connected" },
  looping: { of: "stopped", word: "crash loop" },
  draining: { of: "slow", word: "draining" },
  drained: { of: "parked", word: "drained" },
  lost: { of: "stopped", word: "lost" },
};

const NOT_KNOWN = <span class="muted">–</span>;

function columnsOf(several: boolean): readonly Column<WorkerFacts>[] {
  return [
    {
      id: "worker",
      title: "Worker",
      card: "title",
      cell: (worker) => <WorkerName worker={worker} several={several} />,
    },
    ...COLUMNS,
  ];
}

function WorkerName({ worker: { worker, about, brokers }, several }: NameProps) {
  return (
    <div class="worker-name">
      <Clipped text={worker} longest={40} mono />
      <span class="muted">
        {about === null ? (
          "says nothing of itself"
        ) : (
          <>
            <Clipped text={about.host} longest={30} />, pid {about.pid}
            {about.version !== "" && `, ${about.version}`}
            {about.isolation === "none" && ", without child processes"}
          </>
        )}
      </span>
      {several && (
        <span class="muted">
          at <Clipped text={listed(brokers)} longest={60} />
        </span>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<WorkerFacts>[] = [
  { id: "state", title: "State", cell: (worker) => <WorkerMark worker={worker} /> },
  {
    id: "slots",
    title: "Slots",
    numeric: true,
    cell: ({ slots, processing, vitals, state }) =>
      slots === null ? (
        NOT_KNOWN
      ) : (
        <span class="slots">
          <span class="number">
            {count(vitals?.busy ?? processing)} / {count(slots)}
          </span>
          <Bar
            share={slots === 0 ? 0 : Math.min(1, (vitals?.busy ?? processing) / slots)}
            label={`${vitals?.busy ?? processing} of ${slots} slots are busy`}
            level={state === "connected" && (vitals?.busy ?? processing) >= slots ? "near" : "free"}
          />
        </span>
      ),
  },
  {
    id: "held",
    title: "Holds",
    numeric: true,
    cell: ({ processing, worker }) =>
      processing === 0 ? (
        "0"
      ) : (
        <a href={linkTo("activations", {}, { q: filterText({ state: "processing", worker }) })}>{count(processing)}</a>
      ),
  },
  { id: "tasks", title: "Tasks", numeric: true, card: "hidden", cell: ({ tasks }) => count(tasks) },
  {
    id: "memory",
    title: "Memory",
    numeric: true,
    cell: ({ vitals }) => (vitals === null ? NOT_KNOWN : bytes(vitals.rss)),
  },
  {
    id: "lag",
    title: "Loop lag",
    numeric: true,
    card: "hidden",
    cell: ({ vitals }) => (vitals === null ? NOT_KNOWN : durationWords(vitals.loopLag)),
  },
  {
    id: "children",
    title: "Children",
    numeric: true,
    cell: ({ vitals }) =>
      vitals === null ? (
        NOT_KNOWN
      ) : (
        <>
          {count(vitals.children)}
          {vitals.deaths > 0 && <span class="tone-bad">, {plural(vitals.deaths, "death")}</span>}
        </>
      ),
  },
  { id: "drain", title: "Drain", cell: (worker) => <DrainButton worker={worker} /> },
];

function WorkerMark({ worker: { state, vitals, claimsEndIn, differs } }: { readonly worker: WorkerFacts }) {
  const { of, word } = MARKS[state];
  return (
    <div class="worker-state">
      <StateMark of={of} word={word} />
      {state === "lost" && claimsEndIn !== null && (
        <span class="muted">its work comes back in {durationWords(claimsEndIn)}</span>
      )}
      {state === "looping" && vitals !== null && (
        <span class="muted">
          <Clipped text={vitals.crashLoop} longest={48} opens />
        </span>
      )}
      {differs.length > 0 && (
        <span
          class="tone-again"
          data-tip={differs
            .map(({ task }) => task)
            .slice(0, 5)
            .join(", ")}
        >
          other schema for {plural(differs.length, "task")}
        </span>
      )}
    </div>
  );
}
