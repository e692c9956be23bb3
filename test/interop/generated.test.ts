import { join } from "node:path";
import { expect, it } from "vitest";
import { outcome } from "../support/processes/command.js";

it("the generated code of the interop schema is current", async () => {
  const folders = ["--schema", join(import.meta.dirname, "schema"), "--out", join(import.meta.dirname, "generated")];
  const { code, said } = await outcome(["codegen", ...folders, "--check"]);
  expect([code, said]).toEqual([0, expect.any(String)]);
});
