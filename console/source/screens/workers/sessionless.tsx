import type { PushTargetStatus, Status } from "../../../../runtime/operations/status/document.js";
import { Section } from "../../parts/page/page.tsx";
import { StateMark } from "../../parts/page/state-mark.tsx";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { count } from "../../parts/text/number.ts";

interface Props {
  readonly brokers: readonly (Pick<Status, "pullClients" | "pushTargets" | "heldFetches"> & {
    readonly broker: string;
  })[];
}

/** Workers that fetch one activation at a time. */
export function PullClients({ brokers }: Props) {
  const clients = brokers.flatMap(({ pullClients, broker }) => pullClients.map((each) => ({ ...each, broker })));
  if (clients.length === 0) return null;
  const held = brokers.reduce((sum, { heldFetches }) => sum + heldFetches, 0);
  return (
    <Section title="Fetching without a session" aside={<span class="muted">{count(held)} fetches wait for work</span>}>
      <p class="muted">How many there are, their slots and their versions are not known.</p>
      <Table
        caption="Applications that fetched within the last minute"
        rows={clients}
        keyOf={({ broker, application }) => `${broker} ${application}`}
        columns={[
          {
            id: "application",
            title: "Application",
            card: "title",
            wide: true,
            cell: ({ application }) =>
              application === null ? "any application" : <Clipped text={application} longest={50} />,
          },
          { id: "broker", title: "Broker", cell: ({ broker }) => <Clipped text={broker} longest={40} mono /> },
          { id: "age", title: "Last fetch", numeric: true, cell: ({ age }) => `${durationWords(age)} ago` },
        ]}
      />
    </Section>
  );
}

/** Addresses that brokers push to. */
export function PushTargets({ brokers }: Props) {
  const targets = brokers.flatMap(({ pushTargets, broker }) => pushTargets.map((each) => ({ ...each, broker })));
  if (targets.length === 0) return null;
  return (
    <Section title="Pushed to">
      <Table
        caption="Addresses that brokers push to"
        rows={targets}
        keyOf={({ broker, application, address }) => `${broker} ${application} ${address}`}
        columns={[
          {
            id: "address",
            title: "Address",
            card: "title",
            wide: true,
            cell: ({ address }) => <Clipped text={address} longest={50} mono />,
          },
          {
            id: "application",
            title: "Application",
            cell: ({ application }) => <Clipped text={application} longest={40} />,
          },
          { id: "state", title: "State", cell: (target) => <TargetMark target={target} /> },
          {
            id: "pushing",
            title: "Pushing",
            numeric: true,
            cell: ({ pushing, window }) => `${count(pushing)} / ${count(window)}`,
          },
          { id: "answer", title: "Last answer", cell: ({ lastAnswer }) => <Answer of={lastAnswer} /> },
          {
            id: "broker",
            title: "Broker",
            card: "hidden",
            cell: ({ broker }) => <Clipped text={broker} longest={40} mono />,
          },
        ]}
      />
    </Section>
  );
}

function TargetMark({ target: { connected, retryIn } }: { readonly target: PushTargetStatus }) {
  if (connected && retryIn === null) return <StateMark of="fine" word="connected" />;
  return (
    <>
      <StateMark of="stopped" word={connected ? "backing off" : "not connected"} />
      {retryIn !== null && <span class="muted"> next attempt in {durationWords(retryIn)}</span>}
    </>
  );
}

function Answer({ of }: { readonly of: PushTargetStatus["lastAnswer"] }) {
  if (of === null) return <span class="muted">none yet</span>;
  return (
    <>
      {of.result}
      {of.details !== "" && (
        <>
          {": "}
          <Clipped text={of.details} longest={60} opens />
        </>
      )}
      <span class="muted">, {durationWords(of.age)} ago</span>
    </>
  );
}
