import { describe, type Node } from "../../read/node.js";
import { listOf } from "./collections.js";
import type { Entry, Form, Shape } from "./shape.js";

function fits(node: Node, form: Form): boolean {
  if (node.kind === "list") return form.kind === "list";
  return node.kind === "mapping" && (form.kind === "mapping" || form.kind === "map");
}

/** A scalar form, or a mapping or list, of the same thing. */
export function either<A, B>(
  what: string,
  scalar: Shape<A>,
  structure: Shape<B>,
): Shape<{ readonly kind: "scalar"; readonly value: A } | { readonly kind: "structure"; readonly value: B }> {
  return {
    form: { kind: "either", scalar: scalar.form, structure: structure.form },
    validate(node, path, problems) {
      if (node.kind === "scalar" && node.value !== null) {
        const value = scalar.validate(node, path, problems);
        return value === undefined ? undefined : { kind: "scalar", value };
      }
      // Its hint for a list is better.
      if (node.kind === "list" && scalar.form.kind === "type" && !fits(node, structure.form)) {
        scalar.validate(node, path, problems);
        return undefined;
      }
      if (fits(node, structure.form)) {
        const value = structure.validate(node, path, problems);
        return value === undefined ? undefined : { kind: "structure", value };
      }
      problems.add(node.place, { code: "wrong_type", path, expected: what, got: describe(node) });
      return undefined;
    },
  };
}

/** One value, or a list of them. */
export function oneOrMany<T>(what: string, element: Shape<T>, elements: string): Shape<readonly Entry<T>[]> {
  const shape = either(`${what} or a list of ${elements}`, element, listOf(elements, element, { nonEmpty: true }));
  return {
    form: shape.form,
    validate(node, path, problems) {
      const found = shape.validate(node, path, problems);
      if (found === undefined || found.kind === "structure") return found?.value;
      return [{ key: "0", value: found.value, place: node.place, keyPlace: node.place, path }];
    },
  };
}

/** A word, or another scalar: strings are read as the first, everything else as the second. */
export function wordOr<A, B>(what: string, word: Shape<A>, other: Shape<B>): Shape<A | B> {
  return {
    form: { kind: "word_or", word: word.form, other: other.form },
    validate(node, path, problems) {
      if (node.kind !== "scalar" || node.value === null) {
        problems.add(node.place, { code: "wrong_type", path, expected: what, got: describe(node) });
        return undefined;
      }
      return typeof node.value === "string"
        ? word.validate(node, path, problems)
        : other.validate(node, path, problems);
    },
  };
}
