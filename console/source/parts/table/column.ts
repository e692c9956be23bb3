import type { ComponentChildren } from "preact";

/** A column of a table whose rows are `Row`. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers are aligned at the end. */
  readonly numeric?: boolean;
  /** What a phone's card shows of it: as its title, as a fact with its name (default), or not at all. */
  readonly card?: "title" | "fact" | "hidden";
  /** Takes what is left of the width, and is cut there. */
  readonly wide?: boolean;
  /** Only in a wide window, from 1440 px on. */
  readonly onlyWide?: boolean;
  /** Not in a window of less than 1024 px. */
  readonly roomy?: boolean;
  /** Only when somebody chooses it. */
  readonly optional?: boolean;
  /** Orders the rows by it; the heading is a button then. */
  readonly onSort?: () => void;
  readonly sorted?: "ascending" | "descending" | undefined;
}
