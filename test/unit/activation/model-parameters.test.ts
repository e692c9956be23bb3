import { describe, expect, it } from "vitest";
import { parametersOfModel } from "#runtime/activation/parameter/model-parameters.js";
import type { FieldModel, Model, ScalarKind, TaskModel } from "#runtime/model/model.js";

const model: Model = { taskwire: 1, application: "app", hash: "", types: [], namespaces: [], environments: [] };

function field(name: string, kind: ScalarKind, value: string): FieldModel {
  return { name, type: { kind }, optional: true, nullable: false, default: value };
}

describe("parameters from the model", () => {
  it("say defaults as their type, though the model holds them as JSON", async () => {
    const task: TaskModel = {
      key: "t",
      name: "n.t",
      hash: "",
      parameters: [
        field("blob", "bytes", "aGVsbG8="),
        field("wide", "bigint", "9223372036854775807"),
        field("at", "datetime", "2026-01-02T03:04:05.000Z"),
      ],
      processingDeadline: 30_000,
      atMostOnce: false,
      compression: "auto",
    };
    const parameters = parametersOfModel(model, task);
    const read = await parameters.read("n.t", { bytes: parameters.write("n.t", {}), compressed: false });
    expect(read).toEqual({
      blob: new Uint8Array(Buffer.from("hello")),
      wide: 2n ** 63n - 1n,
      at: new Date("2026-01-02T03:04:05.000Z"),
    });
  });
});
