import type { DocData } from "./text/comment.js";

/** One file to generate: values for its template, printed; the template decides the layout only. */
export type FilePlan = PlanHead &
  (
    | { readonly template: "namespace"; readonly data: NamespaceData }
    | { readonly template: "types"; readonly data: TypesData }
    | { readonly template: "registry"; readonly data: RegistryData }
    | { readonly template: "environments"; readonly data: EnvironmentsData }
    | { readonly template: "index"; readonly data: IndexData }
  );

interface PlanHead {
  /** Below the output folder, with slashes. */
  readonly path: string;
  /** What the file comes from, for its header. */
  readonly source: string;
  readonly imports: readonly ImportPlan[];
}

export interface ImportPlan {
  readonly module: string;
  /** `* as $` when absent. */
  readonly names?: readonly ImportedName[];
}

export interface ImportedName {
  readonly name: string;
  readonly alias?: string;
  readonly typeOnly: boolean;
}

export interface InterfaceData {
  readonly name: string;
  readonly doc: DocData;
  /** Name of the interface that this one is an alias of; empty: of none. */
  readonly sameAs: string;
  readonly fields: readonly { readonly doc: DocData; readonly text: string }[];
}

/** A name and the text after its colon. */
export interface PropertyData {
  readonly name: string;
  readonly value: string;
}

export interface NamespaceData {
  readonly interfaces: readonly InterfaceData[];
  readonly type: string;
  readonly object: string;
  readonly doc: DocData;
  readonly objectDoc: DocData;
  /** Empty when another application has them. */
  readonly handlers: string;
  readonly handlersDoc: DocData;
  readonly tasks: readonly {
    readonly property: string;
    readonly doc: DocData;
    readonly input: string;
    readonly parameters: string;
    readonly facts: readonly PropertyData[];
    readonly fields: readonly PropertyData[];
  }[];
}

export interface TypesData {
  readonly empty: boolean;
  readonly enums: readonly {
    readonly name: string;
    readonly doc: DocData;
    /** What follows the equals sign: its members on the same line, or each on its own when they do not fit. */
    readonly union: string;
    readonly schema: string;
    readonly values: string;
  }[];
  readonly records: readonly {
    readonly interfaces: readonly InterfaceData[];
    readonly name: string;
    readonly input: string;
    readonly schema: string;
    readonly fields: readonly PropertyData[];
  }[];
}

interface RegistryData {
  readonly application: string;
  readonly namespaces: readonly {
    readonly key: string;
    readonly property: string;
    readonly object: string;
    readonly handlers: string;
    readonly doc: DocData;
    /** The lines of its function's head. */
    readonly signature: readonly string[];
  }[];
}

interface EnvironmentsData {
  readonly environments: readonly {
    readonly property: string;
    readonly doc: DocData;
    readonly lines: readonly string[];
  }[];
}

interface IndexData {
  /** The module of the schema's named types, and which of them it exports. */
  readonly typesModule: string;
  readonly types: readonly string[];
  readonly namespaces: readonly {
    readonly object: string;
    readonly module: string;
    /** Each as printed in `export type { ... }`. */
    readonly types: readonly string[];
  }[];
}
