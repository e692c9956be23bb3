import { isDeepStrictEqual } from "node:util";
import type { FieldModel } from "taskwire/model";
import type { FieldRule } from "../rules/field-rules.js";
import { compareConstraints } from "./constraints.js";
import type { KeyPath, Report } from "./report.js";
import { type TypePair, typeText, widening } from "./types.js";

/** A parameter or a field, before and after. */
interface Pair {
  readonly before: FieldModel;
  readonly after: FieldModel;
}

interface FieldComparison {
  readonly kind: "parameter" | "field";
  /** Of the mapping that holds them. */
  readonly path: KeyPath;
  readonly before: readonly FieldModel[];
  readonly after: readonly FieldModel[];
}

/** Parameters of a task, or fields of a record. The order of parameters matters: producers may pass them by position. */
export function compareFields(comparison: FieldComparison, types: TypePair, report: Report): void {
  const { kind, path, before, after } = comparison;
  const add = (rule: FieldRule, name: string, message: string) =>
    report.add(`${kind}_${rule}`, [...path, name], message);
  const { pairs, removed, added } = matched(before, after, types);

  for (const field of removed) {
    const retired = field.optional && field.deprecated !== undefined;
    const likely = retired ? [] : added.filter(({ type }) => types.same(field.type, type)).map(({ name }) => name);
    const hint =
      likely.length === 0
        ? ""
        : `; if ${likely.map(quoted).join(" or ")} is the same value under a new name, give that formerly: [${field.name}]`;
    add(retired ? "retired" : "removed", field.name, `was ${fieldText(field)}, is gone${hint}`);
  }
  for (const field of added)
    if (!field.optional) add("added_required", field.name, `is new and required: ${fieldText(field)}`);
  for (const { before: was, after: is } of pairs) {
    const change = (rule: FieldRule, message: string) => add(rule, is.name, message);
    if (was.name !== is.name) {
      const names = `"${was.name}" is gone and "${is.name}" is new at the same position with the same type`;
      if (is.formerly?.includes(was.name) === true) change("renamed_safely", `was named "${was.name}"`);
      else change("renamed_or_replaced", `${names}: renamed, or replaced by another value`);
    }
    const forgotten = (was.formerly ?? []).filter((name) => name !== is.name && is.formerly?.includes(name) !== true);
    if (forgotten.length > 0) change("formerly_removed", `no longer accepts ${forgotten.map(quoted).join(", ")}`);
    comparePresence(was, is, change);
    compareType(was, is, types, change);
  }
  compareNames(comparison, pairs, add);
  if (kind === "parameter") compareOrder(comparison, pairs, { removed, added }, report);
}

/** Names of one that another takes, be the one gone or not. */
function compareNames(
  { before, after }: FieldComparison,
  pairs: readonly Pair[],
  add: (rule: FieldRule, name: string, message: string) => void,
): void {
  const namesOf = ({ name, formerly = [] }: FieldModel) => [name, ...formerly];
  const takers = new Map(after.flatMap((field) => namesOf(field).map((name) => [name, field] as const)));
  const now = new Map(pairs.map((pair) => [pair.before, pair.after]));
  for (const field of before)
    for (const name of namesOf(field)) {
      const taker = takers.get(name);
      if (taker !== undefined && taker !== now.get(field))
        add("name_reused", taker.name, `accepts ${quoted(name)}, which was a name of "${field.name}"`);
    }
}

/** By name, by former name, else by place and type: such a pair may be one renamed field, or two different ones. */
function matched(before: readonly FieldModel[], after: readonly FieldModel[], types: TypePair) {
  const left = new Map(before.map((field) => [field.name, field]));
  const found = new Map<FieldModel, FieldModel>();
  const take = (after: FieldModel, before: FieldModel | undefined) => {
    if (before === undefined) return;
    left.delete(before.name);
    found.set(after, before);
  };
  for (const field of after) take(field, left.get(field.name));
  for (const field of after)
    if (!found.has(field))
      take(
        field,
        field.formerly?.map((name) => left.get(name)).find((former) => former !== undefined),
      );
  for (const [index, field] of after.entries()) {
    const former = before[index];
    if (found.has(field) || former === undefined || !left.has(former.name)) continue;
    if (after.length === before.length && types.same(former.type, field.type)) take(field, former);
  }
  const pairs = after.flatMap((field): Pair[] => {
    const former = found.get(field);
    return former === undefined ? [] : [{ before: former, after: field }];
  });
  return { pairs, removed: [...left.values()], added: after.filter((field) => !found.has(field)) };
}

type Change = (rule: FieldRule, message: string) => void;

function comparePresence(was: FieldModel, is: FieldModel, change: Change): void {
  const had = was.default !== undefined;
  const has = is.default !== undefined;
  if (had && has && !isDeepStrictEqual(was.default, is.default))
    change("default_changed", `its default was ${json(was.default)}, is ${json(is.default)}`);
  if (had && !is.optional) change("default_removed", `had the default ${json(was.default)}, is required`);
  else if (had && !has) change("default_withdrawn", `had the default ${json(was.default)}, has none`);
  else if (was.optional && !is.optional) change("made_required", "was optional, is required");
  else if (!was.optional && is.optional && !has) change("made_optional", "was required, is optional");
  if (was.nullable && !is.nullable) change("not_nullable", "was nullable, is not");
  if (!was.nullable && is.nullable) change("made_nullable", "was not nullable, is");
}

/** Types of the same name are compared where they are declared. */
function compareType(was: FieldModel, is: FieldModel, types: TypePair, change: Change): void {
  let [before, after, place] = [was.type, is.type, ""];
  for (;;) {
    if (before.kind === "list" && after.kind === "list") {
      compareConstraints(before, after, place, change);
      [before, after, place] = [before.element, after.element, `${place}[]`];
    } else if (before.kind === "map" && after.kind === "map") {
      [before, after, place] = [before.element, after.element, `${place}{}`];
    } else break;
  }
  if (before.kind === "named" && after.kind === "named") {
    if (before.name === after.name || types.same(before, after)) return;
  } else if (before.kind === after.kind && after.kind !== "named" && after.kind !== "list" && after.kind !== "map") {
    if (before.kind === after.kind) compareConstraints(before, after, place, change);
    return;
  }
  const wider = widening(before, after, types);
  const message = `was ${typeText(was.type)}, is ${typeText(is.type)}`;
  if (wider === undefined) change("retyped", message);
  else change(wider === "widened" ? "type_widened" : "type_relaxed", message);
  if (wider !== undefined && before.kind === "int" && (after.kind === "float" || after.kind === "bigint"))
    compareConstraints(before, after, place, change);
}

function compareOrder(
  { path, before, after }: FieldComparison,
  pairs: readonly Pair[],
  { removed, added }: { readonly removed: readonly FieldModel[]; readonly added: readonly FieldModel[] },
  report: Report,
): void {
  const order = pairs.map((pair) => before.indexOf(pair.before));
  const first = Math.min(...removed.map((field) => before.indexOf(field)));
  // What comes after one that is gone moves up, unless another one has taken the place.
  const moved =
    pairs.find((_, index) => index > 0 && (order[index] ?? 0) < (order[index - 1] ?? 0)) ??
    pairs.find((pair, index) => (order[index] ?? 0) > first && after.indexOf(pair.after) < (order[index] ?? 0));
  if (moved !== undefined) {
    const names = (fields: readonly FieldModel[]) => fields.map(({ name }) => name).join(", ");
    report.add("parameter_moved", [...path, moved.after.name], `the order was ${names(before)}; is ${names(after)}`);
  }
  const last = Math.max(-1, ...pairs.map((pair) => after.indexOf(pair.after)));
  for (const field of added)
    if (after.indexOf(field) < last)
      report.add("parameter_inserted", [...path, field.name], `is new and comes before "${after[last]?.name ?? ""}"`);
}

function fieldText({ type, optional, nullable }: FieldModel): string {
  return `${typeText(type)}${optional ? "?" : ""}${nullable ? ", nullable" : ""}`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

function json(value: FieldModel["default"]): string {
  const text = JSON.stringify(value) ?? "none";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
