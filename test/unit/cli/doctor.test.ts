import { expect, it } from "vitest";
import { failed } from "#runtime/cli/commands/doctor/check.js";
import { node } from "#runtime/cli/commands/doctor/machine.js";

it.each([
  ["20.19.0", "ok"],
  ["24.1.0", "ok"],
  ["20.18.3", "fail"],
  ["18.20.0", "fail"],
])("doctor says of Node %s that it is %s", (version, level) => expect(node(version).level).toBe(level));

it("doctor takes the hint of an error from its end, or from its last line", () => {
  expect(failed("a", new Error("it is gone; a detail; put it back"), "none")).toEqual({
    check: "a",
    level: "fail",
    text: "it is gone; a detail",
    hint: "put it back",
  });
  expect(failed("a", new Error("missing:\n  ONE\n  TWO\nset them"), "none")).toMatchObject({
    text: "missing:",
    evidence: ["ONE", "TWO"],
    hint: "set them",
  });
  expect(failed("a", new Error("unknown:\n  ONE"), "look")).toMatchObject({ evidence: ["ONE"], hint: "look" });
  expect(failed("a", "gone", "look")).toMatchObject({ text: "gone", hint: "look" });
});
