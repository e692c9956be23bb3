import { useState } from "preact/hooks";
import { useQuery } from "../../data/query.ts";
import { refusal } from "../../data/session.ts";
import { settings } from "../../data/settings.ts";
import { Section } from "../../parts/page/page.tsx";
import { Banner, Empty, Loaded } from "../../parts/page/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { Pager } from "../../parts/table/pager.tsx";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { Time } from "../../parts/text/time.tsx";
import { type AuditEntry, entriesOf } from "./audit.ts";

/** The newest lines are asked for this often, seconds. */
const PACE = 5;

/** What people did, the newest first. */
export function AuditLog() {
  const hindrance = refusal("operate");
  return (
    <Section title="Audit log">
      {hindrance === null ? <Entries /> : <p class="muted">{hindrance}: the audit log is for those who operate.</p>}
    </Section>
  );
}

function Entries() {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const result = useQuery(
    "audit",
    { limit: 50, cursor: cursors.at(-1) },
    { every: cursors.length > 0 || settings.value.refresh === 0 ? 0 : PACE },
  );
  return (
    <Loaded of={result} what="The audit log" rows={5}>
      {({ rows, cursor, partial }) =>
        rows.length === 0 && cursors.length === 0 ? (
          <Empty title="Nobody has changed anything yet" />
        ) : (
          <div class="list">
            {partial.length > 0 && (
              <Banner level="warning">
                {partial.map(({ broker }) => broker).join(", ")} did not answer: its acts are missing.
              </Banner>
            )}
            <Table
              caption="Acts of people, the newest first"
              columns={COLUMNS}
              rows={entriesOf(rows)}
              keyOf={({ key }) => key}
            />
            <Pager
              rows={rows.length}
              noun="line"
              onPrevious={cursors.length === 0 ? undefined : () => setCursors(cursors.slice(0, -1))}
              onNext={cursor === null ? undefined : () => setCursors([...cursors, cursor])}
            />
          </div>
        )
      }
    </Loaded>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: "time", title: "When", cell: ({ time }) => <Time at={time} /> },
  { id: "actor", title: "Who", cell: ({ actor, address }) => <span title={address}>{actor}</span> },
  {
    id: "verb",
    title: "What",
    wide: true,
    card: "title",
    cell: ({ verb, asked, reason }) => (
      <div class="control-what">
        <span>
          <strong>{verb}</strong>{" "}
          {asked.map(([name, value]) => (
            <span key={name} class="asked">
              <span class="muted">{name} </span>
              <Clipped text={value} longest={60} mono />
            </span>
          ))}
        </span>
        {reason !== "" && (
          <span class="muted">
            <Clipped text={reason} longest={120} opens />
          </span>
        )}
      </div>
    ),
  },
  {
    id: "result",
    title: "Result",
    cell: ({ result }) =>
      result === undefined ? (
        <span class="tone-again">no result yet</span>
      ) : (
        <span class={result.refused ? "tone-bad" : undefined}>
          <Clipped text={result.text} longest={60} opens />
        </span>
      ),
  },
  {
    id: "broker",
    title: "Broker",
    card: "hidden",
    onlyWide: true,
    cell: ({ broker }) => <Clipped text={broker} longest={28} mono />,
  },
];
