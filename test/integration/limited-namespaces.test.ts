import { existsSync } from "node:fs";
import { AbsentNamespaceError, close, connect } from "taskwire";
import * as $ from "taskwire/generated";
import { type EnvironmentModel, type Model, parseModel } from "taskwire/model";
import { startTestBroker } from "taskwire/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emit } from "#codegen/codegen.js";
import { formatProblem } from "#codegen/index.js";
import { factsOfModel } from "#runtime/activation/task.js";
import { entriesOf } from "#runtime/scheduler/entry.js";
import { Project } from "../support/processes/project.js";

const SCHEMA = `taskwire: 1
application: shop
namespaces:
  orders: { tasks: { place: { schedule: { every: 1h } } } }
  debug-files: { environments: [cell], tasks: { sweep: { parameters: { n: int }, schedule: { every: 1h, parameters: { n: 1 } } } } }
  frames: { environments: [cell], raw: { task: take }, tasks: { take: { parameters: { record: bytes } } } }
environments:
  local:
    clusters: { local: { sqlite: log.db } }
    topics: { tasks: { cluster: local } }
    routes: { "*": tasks }
  cell:
    clusters: { local: { sqlite: log.db } }
    topics: { tasks: { cluster: local }, frames: { cluster: local } }
    routes: { frames: frames, "*": tasks }
`;
const SAYS = /debug-files\.sweep: environment "local" does not have namespace "debug-files", which is only in cell; /;

let project: Project;
let model: Model;

beforeEach(async () => {
  project = new Project();
  project.write("schema/shop.yaml", SCHEMA);
  const emitted = await emit({ schema: "schema", out: "generated", cwd: project.folder });
  if (emitted.kind === "problems") throw new Error(emitted.problems.map(formatProblem).join("\n"));
  const text = emitted.texts.get("taskwire.json") ?? "";
  project.write("taskwire.json", text);
  model = await parseModel(text, "taskwire.json");
});

afterEach(async () => {
  await close();
  vi.unstubAllEnvs();
  project[Symbol.dispose]();
});

function environment(name: string): EnvironmentModel {
  const found = model.environments.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no environment ${name}`);
  return found;
}

function taskOf(name: string): $.Task<object, object> {
  for (const namespace of model.namespaces) {
    const [task] = namespace.tasks;
    if (namespace.name !== name || task === undefined) continue;
    return $.task<object, object>({
      ...factsOfModel(model, namespace, task),
      parameters: () => $.record<object, object>({}),
      environments: () => ({ local: environment("local"), cell: environment("cell") }),
    });
  }
  throw new Error(`there is no namespace ${name}`);
}

describe("a namespace that is limited to other environments", () => {
  it("fails its callers with a class, a code and a sentence, and appends nothing", async () => {
    const data = project.path("data");
    await using _client = await connect(environment("local"), { dataFolder: data });
    const task = taskOf("debug-files");
    for (const call of [() => task.delay({}), () => task.delayMany([{}, {}])]) {
      const error: unknown = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AbsentNamespaceError);
      expect(error).toMatchObject({ code: "namespace_absent", namespace: "debug-files", environment: "local" });
      expect(String(error)).toMatch(SAYS);
    }
    expect(existsSync(data)).toBe(false);
  });

  it("fails callers that connect by TASKWIRE_ENV, too, and takes calls where it is", async () => {
    vi.stubEnv("TASKWIRE_DATA", project.path("data"));
    vi.stubEnv("TASKWIRE_ENV", "local");
    await expect(taskOf("frames").delay({})).rejects.toThrow(AbsentNamespaceError);
    expect((await taskOf("orders").delay({})).id).toMatch(/^[0-9a-f]{32}$/);
    await close();
    vi.stubEnv("TASKWIRE_ENV", "cell");
    expect((await taskOf("debug-files").delay({})).id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is refused by taskwire send before its parameters are looked at", async () => {
    const send = (env: string) =>
      project.taskwire("send", "debug-files.sweep", "{}", "--env", env, "--model", "taskwire.json", "--data", "data");
    const refused = await send("local");
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(SAYS);
    expect((await send("cell")).err).toContain("debug-files.sweep: n: expected int");
  });

  it("starts no schedule there", () => {
    const keys = (name: string) => entriesOf(model, environment(name)).map(({ facts }) => facts.key);
    expect(keys("local")).toEqual(["orders.place"]);
    expect(keys("cell")).toEqual(["orders.place", "debug-files.sweep"]);
  });

  it("is ignored by brokers and workers there, which run the rest", async () => {
    const runs: string[] = [];
    const handler = (name: string) => async () => void runs.push(name);
    const handlers = $.registry("shop", {
      orders: { tasks: { place: taskOf("orders") }, handlers: { place: handler("orders") } },
      "debug-files": { tasks: { sweep: taskOf("debug-files") }, handlers: { sweep: handler("debug-files") } },
      frames: { tasks: { take: taskOf("frames") }, handlers: { take: handler("frames") } },
    });
    await using broker = await startTestBroker({ handlers, environment: environment("local") });
    await taskOf("orders").delay({});
    await expect(taskOf("debug-files").delay({})).rejects.toThrow(SAYS);
    await broker.settled();
    expect(runs).toEqual(["orders"]);
  });
});
