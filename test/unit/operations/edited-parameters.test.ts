import { decode } from "@msgpack/msgpack";
import type { FieldModel, Model, TaskModel } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { decompress } from "#runtime/activation/encoding/zstd.js";
import { type EditedParameters, editedParameters } from "#runtime/operations/edited-parameters.js";
import { encoded } from "../../support/harness/broker-harness.js";

const field = (name: string, kind: "int" | "string"): FieldModel => ({
  ...{ name, type: { kind }, optional: false, nullable: false },
});

function model(application: string, change: Partial<TaskModel> = {}): Model {
  const task: TaskModel = {
    ...{ key: "quick", name: "things.quick", hash: "1", processingDeadline: 30_000, atMostOnce: false },
    ...{ compression: "auto", parameters: [field("n", "int"), field("text", "string")], ...change },
  };
  const namespaces = [{ name: "things", tasks: [task] }];
  return { taskwire: 1, application, hash: "00", types: [], namespaces, environments: [] };
}

const original = encoded({ task: "things.quick", application: "app" });

/** The parameters that a replay gets. */
async function sent(edited: EditedParameters): Promise<unknown> {
  if (!edited.fit) throw new Error("they do not fit");
  const bytes = Buffer.from(edited.parameters, "base64");
  return decode(edited.compressed ? await decompress(bytes) : bytes);
}

describe("edited parameters of a dead letter", () => {
  it("are encoded as its producer would have encoded them, compressed where the task says so", async () => {
    const json = { n: 7, text: "x".repeat(100) };
    for (const compression of ["auto", "zstd"] as const) {
      const edited = await editedParameters([model("other"), model("app", { compression })], original, json);
      expect(edited).toMatchObject({ fit: true, compressed: compression === "zstd" });
      expect(await sent(edited)).toEqual({ args: [], kwargs: json });
    }
  });

  it("that do not fit are refused with every problem at its path, as `.delay()` says them", async () => {
    expect(await editedParameters([model("app")], original, { n: "7", txt: "" })).toEqual({
      fit: false,
      issues: [
        { path: "n", expected: "int", found: expect.stringContaining("7") },
        { path: "text", expected: "string", found: "nothing" },
        { path: "txt", expected: "a known name (n, text)", found: expect.any(String) },
      ],
    });
  });

  it("are found by a former name of the task, and refused when no model of the application has it", async () => {
    const renamed = model("app", { name: "things.fast", formerly: ["things.quick"] });
    expect(await editedParameters([renamed], original, { n: 1, text: "" })).toMatchObject({ fit: true });
    await expect(editedParameters([model("other")], original, {})).rejects.toMatchObject({ code: "unknown_task" });
  });
});
