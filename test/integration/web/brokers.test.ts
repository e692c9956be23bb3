import { Encoder } from "@msgpack/msgpack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENVIRONMENT, LocalBroker } from "../../support/harness/local-broker.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { MODEL } from "../../support/web/model.js";
import { WebHarness } from "../../support/web/web-harness.js";

const encoder = new Encoder({ useBigInt64: true });
const DEAD = "127.0.0.1:1";
const missing = { broker: DEAD, code: "broker_unreachable", message: expect.stringContaining(DEAD) };
const local = new LocalBroker();
const silent = new LocalBroker();
let web: WebHarness;
let both: WebHarness;
let address = "";

const parameters = (args: readonly unknown[], kwargs: object) => encoder.encode({ args, kwargs });

beforeAll(async () => {
  const clock = new SkippingClock();
  const broker = await local.start({ listen: "127.0.0.1:0", clock });
  address = broker.address ?? "";
  web = await WebHarness.start({ brokers: [address], models: [MODEL], clock });
  both = await WebHarness.start({ brokers: [DEAD, address], models: [MODEL] });
  // A worker with another task, so that these are parked.
  await local.worker("test", ["things.other"], "1", "w-7");
  await local.send(
    { id: "position", parameters: parameters([5], {}) },
    { id: "keyword", parameters: parameters([], { n: 5 }) },
    { id: "former", parameters: parameters([], { number: 5 }) },
    { id: "another", parameters: parameters([6], {}) },
  );
  await local.shows(({ counts }) => counts.parked === 4);
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
  await silent[Symbol.asyncDispose]();
  await local[Symbol.asyncDispose]();
});

describe("the HTTP API of brokers", () => {
  it("answers the statuses of all brokers, and names the silent one", async () => {
    const { body } = await web.get("statuses", "viewer");
    expect(body).toMatchObject({ partial: [], brokers: [{ broker: address, status: { pool: "default" } }] });
    expect((await both.get("statuses")).body).toMatchObject({ partial: [missing], brokers: [{ broker: address }] });
    expect(await web.get("statuses?x=1")).toMatchObject({ status: 400, body: { code: "unknown_parameter" } });
  });

  it("says what is wrong, of all or of one task by either of its names", async () => {
    const { body } = await web.get("problems");
    expect(body).toMatchObject({ partial: [], summary: expect.any(String) });
    expect(body.findings.map(({ code }: { code: string }) => code)).toEqual(["task_without_worker"]);
    for (const task of ["things.quick", "things.tidy"])
      expect(await web.get(`problems?task=${task}`), task).toMatchObject({ status: 200 });
    const unknown = await web.get("problems?task=things.quik");
    expect(unknown).toMatchObject({ status: 400, body: { code: "unknown_task", field: "task" } });
    expect(unknown.body.message).toContain("did you mean things.quick?");
    expect((await both.get("problems")).body).toMatchObject({ partial: [missing] });
  });

  it("answers series of brokers and tasks, and refuses unknown ones", async () => {
    const { body } = await web.get("series?names=pending,rss&tasks=things.quick&step=10");
    expect(body).toMatchObject({ step: 10, partial: [], worst: [] });
    expect(Object.keys(body.broker)).toEqual(["pending", "rss"]);
    expect((await both.get("series")).body).toMatchObject({ partial: [missing] });
    for (const query of ["names=pendig", "step=7", "step=ten", "from=yesterday", "name=pending"])
      expect(await web.get(`series?${query}`), query).toMatchObject({ status: 400 });
  });

  it("answers error groups and recent ends, each with its filter", async () => {
    expect((await web.get("errors?q=task:things.*&limit=5")).body).toMatchObject({
      partial: [],
      groups: [],
      matched: 0,
    });
    expect((await both.get("errors")).body).toMatchObject({ partial: [missing] });
    expect((await both.get("ends?q=end:completed")).body).toMatchObject({ partial: [missing], rows: [], cursor: null });
    for (const path of ["errors?q=state:pending", "ends?q=state:pending", "errors?limit=5000", "errors?cursor=x"])
      expect(await web.get(path), path).toMatchObject({ status: 400 });
  });

  it("refuses ends of brokers without history, and names the one of several that has none", async () => {
    const environment = { ...ENVIRONMENT, name: "other" };
    const { address: other = "" } = await silent.start({ environment, listen: "127.0.0.1:0", history: "none" });
    await using alone = await WebHarness.start({ brokers: [other] });
    expect(await alone.get("ends")).toMatchObject({ status: 404, body: { code: "no_history" } });
    await using two = await WebHarness.start({ brokers: [address, other] });
    const expected = { partial: [{ broker: other, code: "no_history" }] };
    expect((await two.get("ends")).body).toMatchObject(expected);
    expect((await two.get("errors")).body).toMatchObject(expected);
    // Both have it; each filter is wrong for both.
    expect(await two.get("activations?q=nokey:1")).toMatchObject({ status: 400, body: { code: "bad_filter" } });
    const page = await two.get("activations?limit=2");
    expect(await alone.get(`activations?cursor=${page.body.cursor}`)).toMatchObject({ status: 400 });
  });

  it("lists workers, and drains one and undoes that, on the broker that has it", async () => {
    const { body } = await both.get("workers", "viewer");
    expect(body).toMatchObject({ partial: [missing], brokers: [{ broker: address, sessions: [{ worker: "w-7" }] }] });
    expect((await web.post("workers/w-7/drain", { reason: "x" }, "viewer")).status).toBe(403);
    const dry = await web.post("workers/w-7/drain", { dryRun: true });
    expect(dry.body).toMatchObject({ brokers: [{ done: false, drained: false }] });
    const drained = await both.post("workers/w-7/drain", { reason: "host is replaced" });
    expect(drained.body).toMatchObject({
      partial: [missing],
      brokers: [{ broker: address, drained: true, done: true }],
    });
    expect((await web.post("workers/w-7/drain", { undo: true })).body).toMatchObject({ brokers: [{ drained: false }] });
    const strange = encodeURIComponent("w/é\u202e?");
    expect(await web.post(`workers/${strange}/drain`, {})).toMatchObject({
      status: 404,
      body: { code: "unknown_worker" },
    });
    expect(await web.post("workers/w-7/drain", { undo: "yes" })).toMatchObject({
      status: 400,
      body: { field: "undo" },
    });
  });

  it("reads the audit log for somebody who may change something, and not for others", async () => {
    expect((await web.get("audit", "viewer")).status).toBe(403);
    const { body } = await both.get("audit?q=Drain%20replaced&limit=1", "operator");
    expect(body).toMatchObject({
      partial: [missing],
      rows: [{ verb: "Drain", actor: "ann", address: expect.anything() }],
    });
    expect(await web.get("audit?limit=0")).toMatchObject({ status: 400 });
  });
});

describe("the HTTP API of controls", () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();

  it("pauses and resumes after a dry run, on every broker that answers", async () => {
    const pause = { kind: "namespace", subject: "things", until, reason: "deploy" };
    const dry = await web.post("pause", { ...pause, dryRun: true }, "operator");
    expect(dry.body).toMatchObject({
      partial: [],
      brokers: [{ broker: address, done: false, concerned: { parked: 4 } }],
    });
    const done = await both.post("pause", pause);
    expect(done.body).toMatchObject({ partial: [missing], brokers: [{ done: true, control: { by: "ann", until } }] });
    expect((await both.get("controls", "viewer")).body).toMatchObject({
      partial: [missing],
      brokers: [{ broker: address, controls: [{ kind: "namespace", subject: "things", reason: "deploy" }] }],
    });
    const resumed = await web.post("resume", { kind: "namespace", subject: "things", reason: "done" });
    expect(resumed.body).toMatchObject({ brokers: [{ done: true }] });
    const again = await web.post("resume", { kind: "namespace", subject: "things" });
    expect(again.body).toMatchObject({ brokers: [{ done: false, control: null }] });
  });

  it("drops by the name of a parameter what was sent by position, keyword or former name", async () => {
    const kill = { task: "things.quick", args: { n: 5 }, until, reason: "poisoned" };
    const dry = await web.post("kill", { ...kill, dryRun: true });
    expect(dry.body).toMatchObject({ brokers: [{ done: false, drops: { matched: 3, of: 4 } }] });
    const [{ control }] = (await web.post("kill", kill)).body.brokers;
    expect(control).toMatchObject({ kind: "kill", args: { 0: 5 }, kwargs: { n: 5, number: 5 }, by: "ann" });
    const ended = await web.post("unkill", { id: control.id, reason: "fixed" });
    expect(ended.body).toMatchObject({ brokers: [{ done: true, control: { id: control.id } }] });
  });

  it("takes an argument that no model has as a keyword, and a task without arguments as a whole", async () => {
    const dry = { dryRun: true, reason: "" };
    const stray = await web.post("kill", { task: "things.quick", args: { stray: 1 }, ...dry });
    expect(stray.body.brokers[0].control).toMatchObject({ kwargs: { stray: 1 } });
    expect(stray.body.brokers[0].control).not.toHaveProperty("args");
    const whole = await web.post("kill", { task: "things.quick", args: {}, ...dry });
    expect(whole.body).toMatchObject({ brokers: [{ drops: { matched: 4, of: 4 } }] });
  });

  it.each<[string, object, number, string]>([
    ["pause", { kind: "queue", subject: "things" }, 400, "kind"],
    ["pause", { kind: "task" }, 400, "subject"],
    ["pause", { kind: "task", subject: "a", until: "tomorrow" }, 400, "until"],
    ["pause", { kind: "task", subject: "a", until: "2001-01-01T00:00:00Z" }, 400, "until"],
    ["pause", { kind: "topic", subject: "none" }, 404, "subject"],
    ["pause", { kind: "task", subject: "a", dryRun: 1 }, 400, "dryRun"],
    ["pause", { kind: "task", subject: "a", resaon: "x" }, 400, "resaon"],
    ["resume", { kind: "task", subject: "a", until }, 400, "until"],
    ["kill", { args: { n: 1 } }, 400, "task"],
    ["kill", { task: "things.quick", args: [1] }, 400, "args"],
    ["kill", { task: "things.quick", args: { secret: "x" } }, 400, "args.secret"],
    ["kill", { task: "things.quick", args: { n: { "": "x".repeat(5000) } } }, 400, "args"],
    ["unkill", { id: "pause/x" }, 400, "id"],
    ["unkill", {}, 400, "id"],
  ])("refuses %s with the body %#", async (path, body, status, field) => {
    expect(await web.post(path, body)).toMatchObject({ status, body: { field } });
  });

  it("refuses changes to somebody who may only look", async () => {
    for (const path of ["pause", "resume", "kill", "unkill"])
      expect(await web.post(path, {}, "viewer")).toMatchObject({ status: 403, body: { code: "role_refused" } });
  });
});
