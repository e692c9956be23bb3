import { type FieldModel, type NamedType, nearest, type ScalarKind, type TypeModel } from "taskwire/model";
import { typeHint } from "../../foreign-types.js";
import { type Entry, type FieldSpec, type NamedTypeSpec, SCALARS } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";
import type { Sections } from "../../validate/sections.js";
import { type ConstraintSpec, constrained } from "./constraints.js";
import { checkFormerNames } from "./former-names.js";
import { isScalar, parseTypeText } from "./type-text.js";
import { ValueReader } from "./values.js";

/** A parameter named like a key of its task: it is probably indented too far. */
const OF_TASKS = /\.parameters\.(?:retry|expires|processing_deadline|at_most_once|compression|schedule|silenced)$/;

interface Pending {
  readonly entry: Entry<FieldSpec>;
  readonly field: FieldModel;
}

/** Resolves `types` and the types of fields. */
export class TypeResolver {
  readonly #sections: Sections;
  readonly #problems: Problems;
  readonly #scalars = new Map<string, TypeModel>();
  readonly #named = new Map<string, NamedType>();

  constructor(sections: Sections, problems: Problems) {
    this.#sections = sections;
    this.#problems = problems;
    const entries = [...sections.types.values()];
    for (const entry of entries) this.#declareScalarOrEnum(entry);
    const declared = entries.filter((entry) => this.#form(entry) === "fields");
    const recursive = this.#refuseRecursion(declared);
    const records = declared.filter(({ key }) => !recursive.has(key));
    // Defaults may be values of any record, so they are read when all records have their fields.
    const pending: { readonly entry: Entry<NamedTypeSpec>; readonly fields: readonly Pending[] }[] = [];
    for (const entry of records) {
      const fields = this.#fields(entry.value.fields?.value ?? []);
      pending.push({ entry, fields });
      this.#named.set(
        entry.key,
        this.#record(
          entry,
          fields.map(({ field }) => field),
        ),
      );
    }
    for (const { entry, fields } of this.#innermostFirst(pending)) {
      this.#named.set(entry.key, this.#record(entry, this.#withDefaults(fields)));
    }
  }

  /** Records and enums in declared order. */
  named(): readonly NamedType[] {
    return [...this.#sections.types.keys()].flatMap((name) => this.#named.get(name) ?? []);
  }

  /** Reads values of the resolved types. */
  values(): ValueReader {
    return new ValueReader(this.#named, this.#problems);
  }

  fields(entries: readonly Entry<FieldSpec>[]): readonly FieldModel[] {
    return this.#withDefaults(this.#fields(entries));
  }

  #record(entry: Entry<NamedTypeSpec>, fields: readonly FieldModel[]): NamedType {
    return { kind: "record", name: entry.key, ...described(entry.value), fields };
  }

  /** The key that decides the kind of an entry; undefined when it was already reported. */
  #form(entry: Entry<NamedTypeSpec>): "fields" | "values" | "type" | undefined {
    const forms = (["fields", "values", "type"] as const).filter((key) => entry.value[key] !== undefined);
    return forms.length === 1 ? forms[0] : undefined;
  }

  #declareScalarOrEnum(entry: Entry<NamedTypeSpec>): void {
    const { value, key } = entry;
    const form = this.#form(entry);
    if (form === undefined) return;
    if (form !== "type") this.#refuseConstraints(value);
    if (form === "values") this.#enum(entry);
    if (form === "type" && value.type !== undefined) this.#scalar(key, value.type, value);
  }

  #refuseConstraints(spec: ConstraintSpec): void {
    for (const key of ["min", "max", "min_length", "max_length", "pattern"] as const) {
      const entry = spec[key];
      if (entry === undefined) continue;
      const expected = "a constraint only beside type";
      this.#problems.add(entry.keyPlace, {
        code: "bad_constraint",
        path: entry.path,
        expected,
        got: key,
        sentence: `${key} is allowed only beside type`,
        hint: "remove it",
      });
    }
  }

  #enum(entry: Entry<NamedTypeSpec>): void {
    const values: string[] = [];
    for (const value of entry.value.values?.value ?? []) {
      if (values.includes(value.value)) {
        const expected = "each value once";
        this.#problems.add(value.place, {
          code: "duplicate",
          path: value.path,
          expected,
          got: `${quoted(value.value)} again`,
          sentence: `${quoted(value.value)} is listed twice`,
          hint: "remove one of them",
        });
      } else values.push(value.value);
    }
    this.#named.set(entry.key, { kind: "enum", name: entry.key, ...described(entry.value), values });
  }

  #scalar(name: string, type: Entry<ScalarKind>, spec: ConstraintSpec): void {
    this.#scalars.set(name, constrained({ kind: type.value }, spec, type.value, this.#problems));
  }

  #fields(entries: readonly Entry<FieldSpec>[]): readonly Pending[] {
    checkFormerNames(entries, this.#problems);
    return entries.flatMap((entry) => {
      const field = this.#field(entry);
      return field === undefined ? [] : [{ entry, field }];
    });
  }

  #field(entry: Entry<FieldSpec>): FieldModel | undefined {
    if (entry.value.kind === "scalar") {
      const found = this.#type({ ...entry, value: entry.value.value });
      if (found === undefined) return undefined;
      return { name: entry.key, ...found, nullable: false, ...this.#sensitive(entry.value.value) };
    }
    const spec = entry.value.value;
    if (spec.type === undefined) return undefined;
    const found = this.#type(spec.type);
    if (found === undefined) return undefined;
    const type = constrained(found.type, spec, `the type ${spec.type.value.replace(/\?$/, "")}`, this.#problems);
    return {
      name: entry.key,
      type,
      optional: found.optional || spec.default !== undefined,
      nullable: spec.nullable?.value ?? false,
      ...described(spec),
      ...(spec.deprecated === undefined ? {} : { deprecated: spec.deprecated.value }),
      ...(spec.formerly === undefined ? {} : { formerly: spec.formerly.value.map(({ value }) => value) }),
      ...this.#sensitive(spec.type.value, spec.sensitive?.value),
    };
  }

  /** A field is sensitive by itself, or by its type, whose `sensitive` it cannot undo. */
  #sensitive(type: string, own = false): { readonly sensitive?: true } {
    const base = parseTypeText(type)?.base ?? "";
    return own || this.#sections.types.get(base)?.value.sensitive?.value === true ? { sensitive: true } : {};
  }

  #withDefaults(fields: readonly Pending[]): readonly FieldModel[] {
    const values = this.values();
    return fields.map(({ entry, field }) => {
      const given = entry.value.kind === "structure" ? entry.value.value.default : undefined;
      if (given === undefined) return field;
      const value = values.read(field.type, field.nullable, given.value, given.path);
      return value === undefined ? field : { ...field, default: value };
    });
  }

  #type(text: Entry<string>): { readonly type: TypeModel; readonly optional: boolean } | undefined {
    const parsed = parseTypeText(text.value);
    // The language has already rejected any other text.
    if (parsed === undefined) return undefined;
    const base = this.#base(parsed.base, text);
    if (base === undefined) return undefined;
    const type = parsed.suffixes.reduce<TypeModel>((element, kind) => ({ kind, element }), base);
    return { type, optional: parsed.optional };
  }

  #base(name: string, text: Entry<string>): TypeModel | undefined {
    if (isScalar(name)) return { kind: name };
    const scalar = this.#scalars.get(name);
    if (scalar !== undefined) return scalar;
    const declared = this.#sections.types.get(name);
    if (declared !== undefined && this.#form(declared) !== "type") return { kind: "named", name };
    if (this.#sections.typeNames.has(name)) return undefined;
    const known = [...this.#sections.types.keys(), ...SCALARS];
    const foreign = nearest(name, known) === undefined ? typeHint(name) : undefined;
    const keyOf =
      foreign === undefined && OF_TASKS.test(text.path) ? "if you meant the key of the task, indent it less; " : "";
    this.#problems.add(text.place, {
      code: "unknown_name",
      path: text.path,
      expected: "a known type",
      got: quoted(name),
      sentence: `unknown type ${quoted(name)}`,
      hint: foreign ?? `${keyOf}${didYouMean(name, known, "known types")}`,
      // No type can have such a name.
      sure: !/^[A-Z]/.test(name),
      declaredIn: "types",
    });
    return undefined;
  }

  #recordsIn(entry: Entry<NamedTypeSpec>): readonly Entry<NamedTypeSpec>[] {
    return (entry.value.fields?.value ?? []).flatMap(({ value }) => {
      const text = value.kind === "scalar" ? value.value : (value.value.type?.value ?? "");
      const found = this.#sections.types.get(parseTypeText(text)?.base ?? "");
      return found === undefined ? [] : [found];
    });
  }

  /** Names of records that contain themselves; they are reported and not resolved further. */
  #refuseRecursion(records: readonly Entry<NamedTypeSpec>[]): ReadonlySet<string> {
    const done = new Set<string>();
    const recursive = new Set<string>();
    const visit = (entry: Entry<NamedTypeSpec>, way: readonly Entry<NamedTypeSpec>[]): void => {
      const from = way.findIndex(({ key }) => key === entry.key);
      if (from >= 0) {
        const circle = [...way.slice(from), entry].map(({ key }) => key);
        for (const key of circle) recursive.add(key);
        this.#problems.add(entry.keyPlace, {
          code: "recursive_type",
          path: entry.path,
          expected: "a record that does not contain itself",
          got: circle.join(" -> "),
          sentence: `a record cannot contain itself: ${circle.join(" -> ")}`,
          hint: "give one of these fields the type json",
        });
        return;
      }
      if (done.has(entry.key)) return;
      for (const next of this.#recordsIn(entry)) visit(next, [...way, entry]);
      done.add(entry.key);
    };
    for (const entry of records) visit(entry, []);
    return recursive;
  }

  #innermostFirst<T extends { readonly entry: Entry<NamedTypeSpec> }>(list: readonly T[]): readonly T[] {
    const byName = new Map(list.map((one) => [one.entry.key, one]));
    const ordered = new Set<T>();
    const visiting = new Set<string>();
    const visit = (one: T): void => {
      if (visiting.has(one.entry.key)) return;
      visiting.add(one.entry.key);
      for (const { key } of this.#recordsIn(one.entry)) {
        const next = byName.get(key);
        if (next !== undefined) visit(next);
      }
      ordered.add(one);
    };
    for (const one of list) visit(one);
    return [...ordered];
  }
}

function described(spec: { readonly description: Entry<string> | undefined }): { readonly description?: string } {
  return spec.description === undefined ? {} : { description: spec.description.value };
}
