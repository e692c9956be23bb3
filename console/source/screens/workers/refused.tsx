import type { RefusedStatus } from "../../../../runtime/operations/status/document.js";
import { Section } from "../../parts/page/page.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count } from "../../parts/text/number.ts";

type Call = RefusedStatus & { readonly broker: string };

const COLUMNS: readonly Column<Call>[] = [
  { id: "peer", title: "From", card: "title", cell: ({ peer }) => <Clipped text={peer} longest={50} mono /> },
  { id: "cause", title: "Cause", wide: true, cell: ({ cause }) => <Clipped text={cause} longest={90} opens /> },
  { id: "count", title: "Calls", numeric: true, cell: ({ count: calls }) => count(calls) },
  { id: "age", title: "Last", numeric: true, cell: ({ age }) => `${durationWords(age)} ago` },
];

const BROKER: Column<Call> = { id: "broker", title: "Broker", cell: ({ broker }) => <Clipped text={broker} mono /> };

/** Calls that brokers refused: a wrong or missing secret, or the wrong application. */
export function Refused({ calls, several }: { readonly calls: readonly Call[]; readonly several: boolean }) {
  if (calls.length === 0) return null;
  return (
    <Section title="Refused calls" aside={<span class="muted">since the brokers' start, the last 64 of each</span>}>
      <Table
        caption="Calls that brokers refused"
        columns={several ? [...COLUMNS, BROKER] : COLUMNS}
        rows={calls}
        keyOf={({ broker, peer, cause }) => `${broker} ${peer} ${cause}`}
      />
    </Section>
  );
}
