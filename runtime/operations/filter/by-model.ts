import type { FieldModel, Model } from "../../model/model.js";
import { OperationError } from "../errors.js";
import { coveringNames } from "../redaction/name-patterns.js";
import type { ArgumentTerm, Filter, FilterNoun, FilterTerm, Pattern } from "./filter.js";
import { parseFilter } from "./parse.js";
import { printFilter } from "./print.js";

/** A filter as text, with parameters found by their names in the models: `args.group_id=5`. Throws as withPositions. */
export function positioned(q: string, noun: FilterNoun, models: readonly Model[]): string {
  const filter = parseFilter(q, noun);
  return filter.some(({ kind }) => kind === "argument") ? printFilter(withPositions(filter, models)) : q;
}

/**
 * The filter with the position of each parameter that it names, as the schema orders them: a producer may send a parameter
 * by position or by keyword, and brokers have no schema. A parameter that has different positions in the tasks that match is
 * compared by keyword alone. Throws OperationError (bad_filter) for a sensitive parameter, and for one that no model has and
 * whose name says that it is secret: the answer would say its value.
 *
 * Exported for tests.
 */
export function withPositions(filter: Filter, models: readonly Model[]): Filter {
  const tasks = models
    .flatMap(({ namespaces }) => namespaces.flatMap((namespace) => namespace.tasks))
    .filter(({ name, formerly = [] }) => isSelected(filter, [name, ...formerly]));
  return filter.map((term) => {
    if (term.kind !== "argument") return term;
    const found = tasks.flatMap(({ parameters }) => fieldsOf(parameters, term));
    if (found.some(({ field }) => field.sensitive === true)) throw refused(term, "the parameter is sensitive");
    if (found.length === 0 && term.keyword !== undefined && coversName(term.keyword))
      throw refused(term, "its name says that it is secret, and no model describes it");
    const positions = new Set(found.map(({ position }) => position));
    const [position] = positions;
    return positions.size === 1 && term.position === undefined ? { ...term, position } : term;
  });
}

const coversName = coveringNames();

function isSelected(filter: Filter, names: readonly string[]): boolean {
  const asked = filter.filter(
    (term): term is Extract<FilterTerm, { kind: "text" }> => term.kind === "text" && term.key === "task",
  );
  return asked.every(({ values }) => values.some((pattern) => names.some((name) => isLike(pattern, name))));
}

function isLike({ text, prefix }: Pattern, name: string): boolean {
  return prefix ? name.startsWith(text) : name === text;
}

/** The parameters that a term compares: by its keyword, or by its position. */
function fieldsOf(fields: readonly FieldModel[], { keyword, position: asked }: ArgumentTerm) {
  return fields
    .map((field, position) => ({ field, position }))
    .filter(
      ({ field, position }) =>
        position === asked ||
        (keyword !== undefined && (field.name === keyword || field.formerly?.includes(keyword) === true)),
    );
}

function refused({ position, keyword }: ArgumentTerm, why: string): OperationError {
  return new OperationError(
    "bad_request",
    "bad_filter",
    `filter: args.${keyword ?? position}: ${why}, and a filter would answer what its value is; leave it out`,
    { field: "q" },
  );
}
