/** Every name in generated code that is derived from the schema. */

const RESERVED = new Set(
  `abstract any arguments as asserts async await bigint boolean break case catch class const continue debugger declare
  default delete do else enum eval export extends false finally for from function get global globalThis if implements
  import in instanceof interface let module namespace never new null number object of package private protected public
  readonly require return set static string super switch symbol this throw true try type typeof undefined unique
  unknown using var void while with yield`.split(/\s+/),
);

/** File names that Windows reserves for devices. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/** `ingest.errors`, `ingest-errors` and `ingest_errors` are all `IngestErrors`. Exported for tests. */
export function pascal(name: string): string {
  return name
    .split(/[._-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** Exported for tests. */
export function camel(name: string): string {
  const text = pascal(name);
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export interface NamespaceNames {
  /** The exported object of tasks. */
  readonly object: string;
  /** Its interface. */
  readonly type: string;
  readonly handlers: string;
  readonly defineHandlers: string;
  /** Key in defineHandlers({ ... }). */
  readonly property: string;
  /** Below the output folder, without its extension. */
  readonly module: string;
}

export function namespaceNames(namespace: string): NamespaceNames {
  const property = camel(namespace);
  const type = pascal(namespace);
  const file = namespace.replaceAll(".", "-");
  return {
    object: RESERVED.has(property) ? `${property}_` : property,
    type,
    handlers: `${type}Handlers`,
    defineHandlers: `define${type}Handlers`,
    property,
    module: `namespaces/${DEVICES.test(file) ? `${file}_` : file}`,
  };
}

interface TaskNames {
  /** Property of the namespace's object and of its handlers. */
  readonly property: string;
  /** What a caller passes. */
  readonly input: string;
  /** What a handler receives. */
  readonly parameters: string;
}

export function taskNames(task: string): TaskNames {
  const type = pascal(task);
  return { property: camel(task), input: `${type}Input`, parameters: `${type}Parameters` };
}

export interface TypeNames {
  /** What a handler receives. */
  readonly output: string;
  /** What a caller passes; the same for an enum. */
  readonly input: string;
  /** The function that makes its schema. */
  readonly schema: string;
}

export function typeNames(type: string, kind: "record" | "enum"): TypeNames {
  const schema = `${type.charAt(0).toLowerCase()}${type.slice(1)}$`;
  return { output: type, input: kind === "record" ? `${type}Input` : type, schema };
}

/** The two functions whose names do not depend on the schema. */
export const DEFINE_ALL = "defineHandlers";
export const DEFINE_SOME = "defineSomeHandlers";
