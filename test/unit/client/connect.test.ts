import { afterEach, describe, expect, it, vi } from "vitest";
import { LogClient } from "#runtime/client/client.js";
import { close, connect } from "#runtime/client/connect.js";
import { ConnectError } from "#runtime/client/errors.js";
import { task } from "#runtime/client/task.js";
import { connectTo, environment, RecordingLog, webhookSpec } from "./support.js";

afterEach(async () => {
  await close();
  vi.unstubAllEnvs();
});

const deliver = task(webhookSpec());

describe("the process's client", () => {
  it("is the connected one until it is closed", async () => {
    const log = new RecordingLog();
    {
      await using client = await connectTo(log);
      expect(client.environment).toBe(environment);
      await expect(connect(environment)).rejects.toThrow('connected to environment "split" already');
      await deliver.delay({ group_id: 1 });
    }
    expect(log.activations).toHaveLength(1);
    vi.stubEnv("TASKWIRE_ENV", "");
    await expect(deliver.delay({ group_id: 2 })).rejects.toThrow(ConnectError);
  });

  it("is made from TASKWIRE_ENV at the first call otherwise", async () => {
    vi.stubEnv("TASKWIRE_ENV", "split");
    vi.stubEnv("TASKWIRE_DATA", import.meta.dirname);
    expect((await deliver.delay({ group_id: 1 })).id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("says how to declare an environment when the schema has none", async () => {
    vi.stubEnv("TASKWIRE_ENV", "local");
    const call = task({ ...webhookSpec(), environments: () => ({}) }).delay({ group_id: 1 });
    await expect(call).rejects.toThrow(
      'unknown environment "local": the schema declares no environment; add `environments:',
    );
  });

  it.each(["test", "production"])("is not guessed under NODE_ENV=%s", async (mode) => {
    vi.stubEnv("NODE_ENV", mode);
    vi.stubEnv("TASKWIRE_ENV", "");
    await expect(deliver.delay({ group_id: 1 })).rejects.toThrow(
      `NODE_ENV is "${mode}" and no environment is chosen: set TASKWIRE_ENV (known: split)`,
    );
  });

  it("says which environments there are when TASKWIRE_ENV names none", async () => {
    vi.stubEnv("TASKWIRE_ENV", "toString");
    await expect(deliver.delay({ group_id: 1 })).rejects.toThrow('expected one of split, got "toString"');
    vi.stubEnv("NODE_ENV", "development");
    vi.stubEnv("TASKWIRE_ENV", "");
    await expect(deliver.delay({ group_id: 1 })).rejects.toThrow('expected one of split, got "local"');
  });

  it("closes each log once", async () => {
    const client = new LogClient(environment, { dataFolder: import.meta.dirname });
    const [cluster] = environment.clusters;
    if (cluster === undefined) throw new Error("the environment has a cluster");
    expect(await client.log(cluster)).toBe(await client.log(cluster));
    await client.close();
    await client.close();
  });
});
