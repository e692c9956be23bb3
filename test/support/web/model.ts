import type { FieldModel, Model, TaskModel } from "taskwire/model";
import { ENVIRONMENT } from "../harness/local-broker.js";

const field = (name: string, change: Partial<FieldModel> = {}): FieldModel => ({
  ...{ name, type: { kind: "int" }, optional: false, nullable: false },
  ...change,
});

const task = (key: string, change: Partial<TaskModel> = {}): TaskModel => ({
  ...{ key, name: `things.${key}`, hash: "1", processingDeadline: 30_000, atMostOnce: false, compression: "auto" },
  parameters: [],
  ...change,
});

/** The model of what LocalBroker's environment runs. */
export const MODEL: Model = {
  ...{ taskwire: 1, application: "test", hash: "00", types: [], environments: [ENVIRONMENT] },
  namespaces: [
    {
      name: "things",
      tasks: [
        task("quick", {
          parameters: [
            field("n", { formerly: ["number"] }),
            field("secret", { type: { kind: "string" }, optional: true, sensitive: true }),
            field("large", { type: { kind: "bigint" }, optional: true }),
          ],
        }),
        task("tidy", {
          parameters: [field("days")],
          schedule: {
            plan: { kind: "every", period: 60_000 },
            words: "every minute",
            parameters: { days: 7 },
            missed: "skip",
            jitter: 0,
            enabled: true,
          },
        }),
      ],
    },
  ],
};
