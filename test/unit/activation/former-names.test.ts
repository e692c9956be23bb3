import { encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { encodeActivation } from "#runtime/activation/encoding/codec.js";
import { ParameterError } from "#runtime/activation/errors.js";
import { formerly } from "#runtime/activation/parameter/former-names.js";
import { object, record } from "#runtime/activation/parameter/record.js";
import { unknownKeysDropped } from "#runtime/activation/parameter/unknown-keys.js";
import { systemClock } from "#runtime/base/clock.js";
import { type Registry, registry, task, z } from "#runtime/generated.js";
import { Executor } from "#runtime/worker/child/executor.js";
import type { RunResult } from "#runtime/worker/child/result.js";

interface Volume {
  project_id: number;
}

interface Webhook {
  organization_id: number;
  note?: string | undefined;
  volumes: Volume[];
}

const parameters = () =>
  record<Webhook, Webhook>({
    organization_id: formerly(z.int(), ["org_id", "orgId"]),
    note: formerly(z.string().optional(), ["text"]),
    volumes: formerly(z.array(object<Volume, Volume>({ project_id: formerly(z.int(), ["project"]) })), ["vols"]),
  });

const wire = (kwargs: object, args: unknown[] = []) => ({ bytes: encode({ args, kwargs }), compressed: false });
const read = (kwargs: object, args: unknown[] = []) => parameters().read("issues.deliver", wire(kwargs, args));

describe("former names of parameters and fields", () => {
  it("bind where the present name is absent, at any depth", async () => {
    const expected = { organization_id: 1, note: "x", volumes: [{ project_id: 2 }] };
    const before = unknownKeysDropped();
    expect(await read({ org_id: 1, text: "x", vols: [{ project: 2 }] })).toEqual(expected);
    expect(await read({ orgId: 1, note: "x", volumes: [{ project_id: 2 }] })).toEqual(expected);
    expect(unknownKeysDropped()).toBe(before);
  });

  it("are left aside and counted as unknown where the present name is there", async () => {
    const before = unknownKeysDropped();
    const found = await read({ organization_id: 1, org_id: 2, volumes: [{ project_id: 3, project: 4 }] });
    expect(found).toEqual({ organization_id: 1, volumes: [{ project_id: 3 }] });
    expect(unknownKeysDropped()).toBe(before + 2);
  });

  it("give one value only: a positional and a former one are refused", async () => {
    await expect(read({ org_id: 2, volumes: [] }, [1])).rejects.toThrow(
      new ParameterError("issues.deliver", [
        { path: "organization_id", expected: "one value", found: "both a positional and a named one" },
      ]),
    );
  });

  it("are unknown to producers", () => {
    const input = { org_id: 1, organization_id: 1, volumes: [] };
    expect(() => parameters().write("issues.deliver", input)).toThrow(/org_id: expected a known name/);
    expect(() => parameters().fromJson("issues.deliver", { org_id: 1, volumes: [] })).toThrow(ParameterError);
  });
});

function renamed(seen: unknown[]): Registry {
  const deliver = task<Webhook, Webhook>({
    key: "incidents.deliver",
    name: "incidents.deliver",
    namespace: "incidents",
    application: "sentry",
    hash: "1",
    processingDeadline: 30_000,
    formerly: ["issues.deliver", "deliver"],
    parameters,
    environments: () => ({}),
  });
  const handlers = { deliver: (parameters: Webhook, { name }: { name: string }) => seen.push([name, parameters]) };
  return registry("sentry", { incidents: { tasks: { deliver }, handlers } });
}

function run(registry: Registry, name: string, namespace: string): Promise<RunResult> {
  return new Promise((resolve) => {
    const executor = new Executor(registry, systemClock(), {
      ended: (_run, result) => resolve(result),
      interrupted: () => {},
      late: () => {},
    });
    const activation = encodeActivation({
      id: "1",
      namespace,
      task: name,
      application: "sentry",
      headers: new Map(),
      receivedAt: 0,
      parameters: encode({ args: [], kwargs: { org_id: 1, vols: [] } }),
      retry: { attempts: 0, maxAttempts: 1, onExceeded: "discard", atMostOnce: false, delay: undefined },
      deadline: 30,
      expires: undefined,
      delay: undefined,
    });
    executor.execute({ run: 1, activation, deadline: 30_000 });
  });
}

describe("former wire names of a task", () => {
  it("are offered to brokers beside the present one, with the hash of the present one", () => {
    const offered = [...renamed([]).tasks].map(([name, { facts }]) => [name, facts.name, facts.hash]);
    expect(offered).toEqual([
      ["incidents.deliver", "incidents.deliver", "1"],
      ["issues.deliver", "issues.deliver", "1"],
      ["deliver", "deliver", "1"],
    ]);
  });

  it("run as the task of today, also when the namespace of then is gone", async () => {
    const seen: unknown[] = [];
    const registry = renamed(seen);
    for (const [name, namespace] of [
      ["incidents.deliver", "incidents"],
      ["issues.deliver", "issues"],
      ["deliver", "incidents"],
    ] as const)
      expect((await run(registry, name, namespace)).kind).toBe("complete");
    const parameters = { organization_id: 1, volumes: [] };
    expect(seen).toEqual([
      ["incidents.deliver", parameters],
      ["issues.deliver", parameters],
      ["deliver", parameters],
    ]);
  });

  it("change nothing for names that no task has or had", async () => {
    expect(await run(renamed([]), "issues.delivr", "issues")).toMatchObject({ reason: "unknown_namespace" });
    expect(await run(renamed([]), "issues.delivr", "incidents")).toMatchObject({ reason: "unknown_task" });
  });

  it("are not needed after a move to another namespace: the present wire name runs under any", async () => {
    for (const namespace of ["incidents", "issues", "", "Nowhere!"])
      expect(await run(renamed([]), "incidents.deliver", namespace)).toEqual({ kind: "complete" });
  });
});
