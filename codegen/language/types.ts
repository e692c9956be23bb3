import { asText, FIELD_NAME, TYPE_NAME } from "./names.js";
import { either, oneOrMany } from "./shapes/alternatives.js";
import { type Key, listOf, mapOf, mapping, optional, required } from "./shapes/collections.js";
import { anything, boolean, choice, integer, number, text } from "./shapes/scalars.js";
import { SCALARS, TYPE } from "./shapes/type-text.js";

const DESCRIPTION = optional(text("text"), "What it is; becomes a comment in the generated code.");

/** What to use instead, on tasks, namespaces, parameters and fields. */
export const DEPRECATED: Key<string> = optional(
  text("a string that names what to use instead"),
  "What to use instead; callers see it as `@deprecated`.",
);

const SENSITIVE = optional(
  boolean(),
  "Whether its values are covered where operators look: lists, details and exports; default false.",
);

const CONSTRAINTS = {
  min: optional(number(), "Smallest value of a number."),
  max: optional(number(), "Largest value of a number."),
  min_length: optional(integer({ min: 0 }), "Shortest string or bytes, or fewest elements of a list."),
  max_length: optional(integer({ min: 0 }), "Longest string or bytes, or most elements of a list."),
  pattern: optional(
    text("a regular expression"),
    "JavaScript regular expression with flag u; it may match anywhere in the string.",
  ),
};

/** A parameter or a field: a type, or the long form. */
export const FIELD = either(
  "a type or a mapping with a type",
  TYPE,
  mapping("a parameter or field", {
    type: required(TYPE, "Its type."),
    description: DESCRIPTION,
    deprecated: DEPRECATED,
    formerly: optional(
      oneOrMany("a former name", text("a parameter or field name", asText(FIELD_NAME)), "former names"),
      "Former names; workers accept them where the present one is absent.",
    ),
    default: optional(anything(), "The handler's value when a caller leaves it out."),
    nullable: optional(boolean(), "Whether it may be null; default false."),
    sensitive: SENSITIVE,
    ...CONSTRAINTS,
  }),
);

export const FIELDS = mapOf(FIELD_NAME, FIELD);

/** An entry of `types`: a record, an enum or a named scalar, depending on its keys. */
export const NAMED_TYPE = mapping(
  "a type",
  {
    description: DESCRIPTION,
    fields: optional(FIELDS, "Fields of a record."),
    values: optional(listOf("strings", text("a string"), { nonEmpty: true }), "Values of an enum."),
    type: optional(choice(...SCALARS), "The scalar type that gets a name."),
    sensitive: SENSITIVE,
    ...CONSTRAINTS,
  },
  ["fields", "values", "type"],
);

export const NAMED_TYPES = mapOf(TYPE_NAME, NAMED_TYPE);
