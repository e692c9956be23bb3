import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome } from "../support/processes/command.js";

let harness: ProcessHarness;

beforeEach(() => {
  const variable = (name: string) => `$\{${name}}`;
  harness = new ProcessHarness(
    {
      ...environment,
      clusters: [
        ...environment.clusters,
        {
          name: "main",
          kind: "kafka",
          brokers: [variable("KAFKA_HERE")],
          tls: true,
          sasl: { mechanism: "plain", username: "worker", password: variable("KAFKA_PASSWORD") },
        },
      ],
      pools: environment.pools.map((pool) => ({ ...pool, maxPendingCount: 500 })),
    },
    "",
  );
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

interface Row {
  readonly setting: string;
  readonly value: string;
  readonly source: string;
}

async function settings(variables: NodeJS.ProcessEnv, ...flags: readonly string[]) {
  const { said } = await outcome(
    ["config", "print", "--json", "--model", harness.model, "--env", "test", ...flags],
    variables,
  );
  const rows: readonly Row[] = JSON.parse(said).settings;
  return { said, of: (setting: string) => rows.find((row) => row.setting === setting) };
}

describe("taskwire config print", () => {
  it("says of each setting where it comes from: flag, variable, schema or default", async () => {
    const variables = {
      TASKWIRE_BROKERS: "10.0.0.1:50051",
      TASKWIRE_DATA: "/srv/data",
      KAFKA_HERE: "kafka:9092",
      KAFKA_PASSWORD: "x",
    };
    const { of } = await settings(variables, "--data", harness.data);
    expect(of("environment")).toMatchObject({ value: "test", source: "flag --env" });
    expect(of("data folder")).toMatchObject({ value: harness.data, source: "flag --data" });
    expect(of("brokers")).toMatchObject({ value: "10.0.0.1:50051", source: "variable TASKWIRE_BROKERS" });
    expect(of("calls through a proxy")).toMatchObject({ value: "0", source: "default" });
    expect(of("cluster main: brokers")).toMatchObject({ value: "kafka:9092", source: "schema, variable KAFKA_HERE" });
    expect(of("pool default: max_pending_count")).toMatchObject({ value: "500", source: "schema" });
    expect(of("pool default: max_processing_count")).toMatchObject({ value: "16384", source: "default" });
    expect(of("topic work: dead_letter")).toMatchObject({ value: "work-dlq", source: "default" });
  });

  it("prints secrets as lengths, in the text and in JSON, from variables and from files", async () => {
    const variables = {
      TASKWIRE_SECRETS: '["open sesame","old one"]',
      KAFKA_HERE: "kafka:9092",
      KAFKA_PASSWORD: "rosebud",
    };
    const { said, of } = await settings(variables);
    expect(of("secrets")).toMatchObject({
      value: "a secret of 11 characters, a secret of 7 characters",
      source: "variable TASKWIRE_SECRETS",
    });
    expect(of("cluster main: sasl.password")).toMatchObject({
      value: "a secret of 7 characters",
      source: "schema, variable KAFKA_PASSWORD",
    });
    expect(said).not.toMatch(/sesame|old one|rosebud/);
    const file = `${harness.data}/secrets.json`;
    writeFileSync(file, '["open sesame"]');
    const text = await outcome(["config", "print", "--model", harness.model, "--env", "test"], {
      ...variables,
      TASKWIRE_SECRETS: `@${file}`,
    });
    expect(text.said).toMatch(/^setting +value +from$/m);
    expect(text.said).toMatch(/^secrets +a secret of 11 characters +variable TASKWIRE_SECRETS, file .*secrets\.json$/m);
    expect(text.said).not.toMatch(/sesame|rosebud/);
  });

  it("names the variables of a cluster that are not set", async () => {
    const { of } = await settings({});
    expect(of("cluster main: brokers")?.value).toBe("KAFKA_HERE is not set");
    expect(of("cluster main: tls")?.value).toBe("true");
  });
});
