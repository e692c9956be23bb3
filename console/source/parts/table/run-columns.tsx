import { Clipped } from "../text/clipped.tsx";
import type { Column } from "./column.ts";

interface Names {
  readonly namespace: string;
  readonly application: string;
}

interface Placed {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The names that a task is declared under. */
export function nameColumns<Row>(of: (row: Row) => Names): readonly Column<Row>[] {
  return [
    {
      id: "namespace",
      title: "Namespace",
      optional: true,
      cell: (row) => <Clipped text={of(row).namespace} longest={30} />,
    },
    {
      id: "application",
      title: "Application",
      optional: true,
      cell: (row) => <Clipped text={of(row).application} longest={30} />,
    },
  ];
}

/** Where the record of an activation lies in the log. */
export function placeColumn<Row>(of: (row: Row) => Placed): Column<Row> {
  return {
    id: "place",
    title: "Place",
    optional: true,
    cell: (row) => {
      const { topic, partition, offset } = of(row);
      return <Clipped text={`${topic}/${partition}/${offset}`} longest={36} mono />;
    },
  };
}

export function brokerColumn<Row>(of: (row: Row) => { readonly broker: string }): Column<Row> {
  return {
    id: "broker",
    title: "Broker",
    optional: true,
    cell: (row) => <Clipped text={of(row).broker} longest={30} mono />,
  };
}
