import { describe, type Node } from "../../read/node.js";
import type { Shape } from "./shape.js";

/** Values by the names of parameters; what each must be depends on the parameter. What is no mapping is reported. */
export const PARAMETER_VALUES: Shape<Node> = {
  form: { kind: "values" },
  validate(node, path, problems) {
    const expected = "a mapping from parameters to their values";
    if (node.kind !== "mapping") problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node) });
    return node;
  },
};
