import { describe, type Node } from "../../read/node.js";
import type { Shape } from "./shape.js";

/** Values by parameter name, checked later against the parameters. Anything but a mapping is reported. */
export const PARAMETER_VALUES: Shape<Node> = {
  form: { kind: "values" },
  validate(node, path, problems) {
    const expected = "a mapping from parameters to their values";
    if (node.kind !== "mapping") problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node) });
    return node;
  },
};
