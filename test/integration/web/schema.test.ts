import { decode } from "@msgpack/msgpack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { LocalBroker } from "../../support/harness/local-broker.js";
import { MODEL } from "../../support/web/model.js";
import { WebHarness } from "../../support/web/web-harness.js";

const local = new LocalBroker();
let web: WebHarness;

beforeAll(async () => {
  const broker = await local.start({ listen: "127.0.0.1:0" });
  web = await WebHarness.start({ brokers: [broker.address ?? ""], models: [MODEL], dataFolder: local.data });
});

afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await local[Symbol.asyncDispose]();
});

/** The activations of the topic, the newest last. */
async function sent() {
  const found = await (await local.log()).browse("work", 0, 0, 100);
  return found.records.map(({ value }) => decodeActivation(value));
}

describe("the HTTP API of tasks", () => {
  it("lists the tasks of the models, and whether they can be sent from here", async () => {
    const { body } = await web.get("tasks", "viewer");
    expect(body.types).toEqual({ test: [] });
    expect(body.tasks).toMatchObject([
      { name: "things.quick", key: "quick", namespace: "things", application: "test", sendable: true },
      { name: "things.tidy", sendable: true },
    ]);
    expect(await web.get("tasks?q=x")).toMatchObject({ status: 400, body: { code: "unknown_parameter" } });
    await using without = await WebHarness.start({ brokers: ["127.0.0.1:1"] });
    expect((await without.get("tasks")).body).toEqual({ tasks: [], types: {} });
    await using closed = await WebHarness.start({ brokers: [], models: [MODEL], cannotSend: "of a reason" });
    expect((await closed.get("tasks")).body.tasks[0].sendable).toBe(false);
  });
});

describe("sending over HTTP", () => {
  it("appends a task with parameters exactly as they were written, under an id and after a delay of choice", async () => {
    const parameters = '{"n": 7, "secret": "hunter2-hunter2", "large": 18446744073709551615}';
    const { status, body } = await web.post(
      "send",
      { task: "things.quick", parameters, id: "chosen-1", countdown: 90, expires: "1h" },
      "operator",
    );
    expect({ status, body }).toEqual({ status: 200, body: { id: "chosen-1", task: "things.quick", topic: "work" } });
    const activation = (await sent()).at(-1);
    expect(activation).toMatchObject({ id: "chosen-1", task: "things.quick", delay: 90, expires: 3600 });
    expect(decode(activation?.parameters ?? new Uint8Array(), { useBigInt64: true })).toMatchObject({
      kwargs: { n: 7, secret: "hunter2-hunter2", large: 18_446_744_073_709_551_615n },
    });
    expect(web.said).toContainEqual({
      message: "sent a task for an operator",
      fields: { actor: "olga", task: "things.quick", id: "chosen-1", topic: "work" },
    });
    expect(JSON.stringify(web.said)).not.toContain("hunter2");
  });

  it("takes a task by its name in the schema, too", async () => {
    const { body } = await web.post("send", { task: "things.tidy", parameters: '{"days": 1}' });
    expect(body).toMatchObject({ task: "things.tidy", id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  it.each<[string, object, number, string]>([
    ["parameters that do not fit", { parameters: '{"n": "7"}' }, 422, "bad_parameters"],
    ["parameters that are no JSON", { parameters: "{n: 7}" }, 422, "bad_json"],
    ["parameters that are no text", { parameters: { n: 7 } }, 400, "bad_parameter"],
    ["no parameters", {}, 400, "bad_parameter"],
    ["parameters with a key twice", { parameters: '{"n": 1, "n": 2}' }, 422, "bad_json"],
    ["an unknown task", { task: "things.quik", parameters: "{}" }, 404, "unknown_task"],
    ["a negative countdown", { parameters: '{"n": 1}', countdown: -1 }, 400, "bad_parameter"],
    ["half a second", { parameters: '{"n": 1}', expires: "500ms" }, 400, "bad_parameter"],
    ["a list as countdown", { parameters: '{"n": 1}', countdown: [1] }, 400, "bad_parameter"],
    ["an id with line breaks", { parameters: '{"n": 1}', id: "a\nb" }, 400, "bad_option"],
    ["headers", { parameters: '{"n": 1}', headers: {} }, 400, "unknown_parameter"],
    ["deep nesting", { parameters: `{"n":${"[".repeat(20_000)}${"]".repeat(20_000)}}` }, 422, "bad_json"],
  ])("refuses %s", async (_, body, status, code) => {
    const before = (await sent()).length;
    const answer = await web.post("send", { task: "things.quick", ...body });
    expect(answer).toMatchObject({ status, body: { code } });
    expect((await sent()).length).toBe(before);
  });

  it("follows the model when that is replaced, as in `taskwire dev`", async () => {
    const models = [MODEL];
    await using dev = await WebHarness.start({ brokers: [], models, dataFolder: local.data });
    const body = { task: "things.added", parameters: "{}" };
    expect(await dev.post("send", body)).toMatchObject({ status: 404, body: { code: "unknown_task" } });
    const [namespace] = MODEL.namespaces;
    const [task] = namespace?.tasks ?? [];
    if (namespace === undefined || task === undefined) throw new Error("the model has a task");
    const added = { ...task, key: "added", name: "things.added", parameters: [] };
    models[0] = { ...MODEL, namespaces: [{ ...namespace, tasks: [added] }] };
    expect(await dev.post("send", body)).toMatchObject({ status: 200, body: { task: "things.added", topic: "work" } });
    expect((await dev.get("schedules")).body).toEqual({
      ...{ schedules: [], environment: "test", problem: null },
    });
  });

  it("names every problem of the parameters by its path, without sensitive values", async () => {
    const { body } = await web.post("send", { task: "things.quick", parameters: '{"secret": 12345678, "m": 1}' });
    expect(body.issues.map(({ path }: { path: string }) => path)).toEqual(["n", "secret", "m"]);
    expect(JSON.stringify(body)).not.toContain("12345678");
  });

  it("is refused to somebody who may only look, and where nothing can be sent, with why", async () => {
    const body = { task: "things.quick", parameters: '{"n": 1}' };
    expect((await web.post("send", body, "viewer")).status).toBe(403);
    await using closed = await WebHarness.start({ brokers: [], models: [MODEL], cannotSend: "it is read-only" });
    const refused = await closed.post("send", body);
    expect(refused).toMatchObject({ status: 422, body: { code: "cannot_send" } });
    expect(refused.body.message).toContain("it is read-only");
    await using folderless = await WebHarness.start({ brokers: [], models: [MODEL] });
    expect(await folderless.post("send", body)).toMatchObject({ status: 422, body: { code: "no_project" } });
  });
});

describe("the HTTP API of schedules", () => {
  it("lists them with their plan in words, their next runs, and what is known of the last", async () => {
    const { body } = await web.get("schedules", "viewer");
    expect(body).toMatchObject({
      problem: null,
      schedules: [
        {
          ...{ task: "things.tidy", name: "things.tidy", namespace: "things", plan: "every 60s", timezone: null },
          ...{ words: "every minute", parameters: '{"days":7}', paused: false, pausedAt: null, last: null },
        },
      ],
    });
    expect(body.schedules[0].next).toHaveLength(5);
  });

  it("pauses one, says since when, and resumes it", async () => {
    const paused = await web.post("schedules/things.tidy/pause", { reason: "deploy" }, "operator");
    expect(paused.body).toMatchObject({ problem: null, schedules: [{ paused: true, next: [] }] });
    const { body } = await web.get("schedules");
    expect(body.schedules[0]).toMatchObject({ paused: true, pausedAt: paused.body.schedules[0].pausedAt });
    const resumed = await web.post("schedules/things.tidy/resume", {});
    expect(resumed.body).toMatchObject({ schedules: [{ paused: false, pausedAt: null }] });
    expect(web.said.map(({ message }) => message)).toContain("paused a schedule for an operator");
    expect(web.said.map(({ message }) => message)).toContain("resumed a schedule for an operator");
  });

  it("runs one now with the parameters of its schedule", async () => {
    const { body } = await web.post("schedules/things.tidy/run", { reason: "missed" });
    expect(body).toMatchObject({ task: "things.tidy", topic: "work" });
    const activation = (await sent()).at(-1);
    expect(activation?.id).toBe(body.id);
    expect(decode(activation?.parameters ?? new Uint8Array())).toMatchObject({ kwargs: { days: 7 } });
  });

  it("refuses unknown ones, unknown parameters, and somebody who may only look", async () => {
    for (const verb of ["run", "pause", "resume"]) {
      expect(await web.post(`schedules/things.quick/${verb}`, {})).toMatchObject({
        ...{ status: 404, body: { code: "unknown_schedule", field: "task" } },
      });
      expect(await web.post(`schedules/things.tidy/${verb}`, { at: 1 })).toMatchObject({ status: 400 });
      expect(await web.post(`schedules/things.tidy/${verb}`, {}, "viewer")).toMatchObject({ status: 403 });
    }
    expect(await web.post("schedules/things.tidy/stop", {})).toMatchObject({ status: 404 });
    expect(await web.get("schedules/things.tidy/run")).toMatchObject({ status: 405 });
  });

  it("says why they are not known where there is no model, or their state cannot be read", async () => {
    await using without = await WebHarness.start({ brokers: ["127.0.0.1:1"] });
    expect((await without.get("schedules")).body).toEqual({
      schedules: [],
      environment: null,
      problem: "the console has no model: start it with --model FILE",
    });
    await using unreadable = await WebHarness.start({
      ...{ brokers: [], models: [MODEL], dataFolder: `${local.data}/none/at/all` },
    });
    const { body } = await unreadable.get("schedules");
    expect(body.schedules).toMatchObject([{ task: "things.tidy", paused: false }]);
    expect(body.problem).toContain("which schedules are paused");
    expect((await unreadable.get("problems")).body.findings).toMatchObject([
      { code: "schedules_unreadable", level: "warning", text: expect.stringContaining(body.problem) },
    ]);
  });

  it("are part of what is wrong: paused ones, and those that no scheduler has ever run", async () => {
    const codes = async () =>
      (await web.get("problems")).body.findings.flatMap(({ code }: { code: string }) =>
        /schedule/.test(code) ? [code] : [],
      );
    await web.post("schedules/things.tidy/pause", {});
    expect(await codes()).toEqual(["schedule_paused"]);
  });
});
