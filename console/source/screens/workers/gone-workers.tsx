import { Section } from "../../parts/page/page.tsx";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { Time } from "../../parts/text/time.tsx";
import { goneWorkers } from "./watch.ts";

/** Workers that left within the last ten minutes, as far as this page saw it. */
export function GoneWorkers() {
  const gone = goneWorkers.value;
  if (gone.length === 0) return null;
  return (
    <Section title="Gone" aside={<span class="muted">within 10 minutes, as this page saw it</span>}>
      <Table
        caption="Workers that are gone"
        rows={gone}
        keyOf={({ worker }) => worker}
        columns={[
          {
            id: "worker",
            title: "Worker",
            card: "title",
            wide: true,
            cell: ({ worker }) => <Clipped text={worker} longest={40} mono />,
          },
          {
            id: "application",
            title: "Application",
            cell: ({ application }) => <Clipped text={application} longest={30} />,
          },
          { id: "host", title: "Host", cell: ({ host }) => <Clipped text={host} longest={30} /> },
          { id: "at", title: "Gone", cell: ({ at }) => <Time at={at} /> },
        ]}
      />
    </Section>
  );
}
