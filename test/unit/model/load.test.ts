import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadModel, ModelError } from "#runtime/model/load.js";
import type { Model } from "#runtime/model/model.js";

const folder = mkdtempSync(join(tmpdir(), "taskwire-model-"));
const file = join(folder, "taskwire.json");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model: Model = {
  taskwire: 1,
  application: "sentry",
  hash: "0",
  types: [
    { kind: "enum", name: "Level", values: ["info"] },
    {
      kind: "record",
      name: "Volume",
      fields: [{ name: "total", type: { kind: "int", min: 0 }, optional: false, nullable: false }],
    },
  ],
  namespaces: [
    {
      name: "issues",
      raw: { task: "sentry.issues.deliver" },
      tasks: [
        {
          key: "deliver",
          name: "sentry.issues.deliver",
          hash: "1",
          parameters: [
            {
              name: "volumes",
              type: {
                kind: "list",
                element: { kind: "map", element: { kind: "named", name: "Volume" } },
                maxLength: 3,
              },
              optional: true,
              nullable: false,
              default: [{ a: { total: 1 } }],
            },
          ],
          retry: { times: 3, timesExceeded: "deadletter", delay: 1000, backoff: "fixed", jitter: 0, on: ["Error"] },
          processingDeadline: 30_000,
          atMostOnce: false,
          compression: "auto",
        },
      ],
    },
  ],
  environments: [
    {
      name: "local",
      clusters: [{ name: "local", kind: "sqlite", file: "log.db" }],
      topics: [{ name: "t", cluster: "local", partitions: 1, deadLetter: "t-dlq", retry: "t-retry", raw: "issues" }],
      routes: [{ namespace: "*", topic: "t" }],
      pools: [
        {
          name: "default",
          topics: ["t"],
          group: "g",
          maxPendingCount: 1,
          maxProcessingCount: 1,
          maxProcessingAttempts: 1,
          maxProcessingDeadline: 1000,
          maxDelayCount: 5,
          maxDisk: 2 ** 33,
          getTaskHold: 0,
          push: [{ application: "sentry", addresses: ["worker:50061"] }],
        },
      ],
    },
  ],
};

async function refused(text: string): Promise<string> {
  writeFileSync(file, text);
  try {
    await loadModel(file);
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  throw new Error("the model was accepted");
}

describe("loadModel", () => {
  it("gives the model as it was written", async () => {
    writeFileSync(file, JSON.stringify(model));
    expect(await loadModel(file)).toEqual(model);
  });

  it("names the absolute path of a missing file and the command that writes it", async () => {
    const missing = join(folder, "none.json");
    await expect(loadModel(missing)).rejects.toThrow(
      `the model file ${missing} does not exist; run \`npx taskwire codegen\``,
    );
  });

  it("refuses what is not JSON, another version, and another form, naming the place", async () => {
    expect(await refused("{")).toContain("is not JSON");
    expect(await refused(JSON.stringify({ ...model, taskwire: 2 }))).toMatch(/npx taskwire codegen.*at taskwire/s);
    expect(await refused(JSON.stringify({ ...model, namespaces: [{ name: 5, tasks: [] }] }))).toContain(
      "namespaces[0].name",
    );
    const [environment] = model.environments;
    const pools = [{ ...environment?.pools[0], push: [{ application: "sentry", addresses: "worker:50061" }] }];
    expect(await refused(JSON.stringify({ ...model, environments: [{ ...environment, pools }] }))).toContain(
      "environments[0].pools[0].push[0].addresses",
    );
    expect(await refused("[]")).toContain("does not match this version of taskwire");
  });
});
