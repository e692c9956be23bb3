import { Encoder } from "@msgpack/msgpack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalBroker } from "../../support/harness/local-broker.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { until } from "../../support/waiting.js";
import { MODEL } from "../../support/web/model.js";
import { WebHarness } from "../../support/web/web-harness.js";

const encoder = new Encoder({ useBigInt64: true });
const local = new LocalBroker();
let web: WebHarness;
let address = "";

const parameters = (n: number, secret = "hunter2-hunter2") =>
  encoder.encode({ args: [n], kwargs: { secret, large: 2n ** 60n } });
const STRANGE = "a/b?c#d é%2F\u202e";

beforeAll(async () => {
  const clock = new SkippingClock();
  const broker = await local.start({ listen: "127.0.0.1:0", clock });
  address = broker.address ?? "";
  web = await WebHarness.start({ brokers: [address], models: [MODEL], clock });
  const waiting = Array.from({ length: 5 }, (_, n) => ({ id: `w${n}`, parameters: parameters(n) }));
  await local.send(...waiting, { id: STRANGE, task: "things.unknown", parameters: parameters(9) });
  await local.shows(({ counts }) => counts.parked + counts.pending === 6);
});

afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await local[Symbol.asyncDispose]();
});

const list = (query: string) => web.get(`activations?${new URLSearchParams(query)}`);
const ids = ({ body }: { readonly body: { readonly rows: readonly { readonly id: string }[] } }) =>
  body.rows.map(({ id }) => id);

describe("the HTTP API of activations", () => {
  it("lists them in pages, each row with its broker, with exact totals", async () => {
    const first = await list("limit=4");
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ partial: [], total: { count: 6, exact: true }, looked: null });
    expect(first.body.rows[0]).toMatchObject({ broker: address, application: "test", namespace: "things" });
    const second = await list(`limit=4&cursor=${first.body.cursor}`);
    expect(second.body.cursor).toBeNull();
    expect([...ids(first), ...ids(second)].sort()).toEqual([STRANGE, "w0", "w1", "w2", "w3", "w4"]);
  });

  it("finds parameters by their names, wherever a producer has put them, and refuses sensitive ones", async () => {
    expect(ids(await list("q=args.n=3"))).toEqual(["w3"]);
    const refused = await list("q=args.secret=hunter2-hunter2");
    expect(refused).toMatchObject({ status: 400, body: { code: "bad_filter", field: "q" } });
  });

  it.each([
    ["limt=4", 400, "unknown_parameter", "did you mean limit?"],
    ["limit=0", 400, "bad_parameter", "limit: expected a whole number from 1 to 1000, found 0"],
    ["limit=many", 400, "bad_parameter", "limit: expected a whole number"],
    ["q=stat:pending", 400, "bad_filter", "state"],
    ["q=a&q=b", 400, "bad_parameter", "q: expected one value"],
    [`q=${"x".repeat(4500)}`, 400, "bad_parameter", "at most 4096"],
    ["cursor=nonsense", 400, "bad_cursor", "begin without it"],
    [`cursor=${Buffer.from('[["10.0.0.1:1",{}]]').toString("base64url")}`, 400, "bad_cursor", "these brokers"],
    ["__proto__=1", 400, "unknown_parameter", "__proto__"],
  ])("refuses the query %s with %i %s", async (query, status, code, message) => {
    const { status: found, body } = await web.get(`activations?${query}`);
    expect({ found, code: body.code }).toEqual({ found: status, code });
    expect(body.message).toContain(message);
  });

  it("shows one with covered parameters, exact integers, and its chain when it is asked for", async () => {
    const { status, body } = await web.get("activations/w1?chain=1", "viewer");
    expect(status).toBe(200);
    expect(body).toMatchObject({ broker: address, partial: [], activation: { id: "w1" }, chain: [{ id: "w1" }] });
    expect(body.content.parameters.parameters).toEqual([
      { name: "n", type: "int", value: 1, absent: false, covered: false },
      { name: "secret", type: "string", value: { $covered: true }, absent: false, covered: true },
      { name: "large", type: "bigint", value: "1152921504606846976", absent: false, covered: false },
    ]);
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });

  it("shows one whose id has slashes, percent signs and direction marks", async () => {
    const { status, body } = await web.get(`activations/${encodeURIComponent(STRANGE)}`);
    expect(status).toBe(200);
    expect(body.activation.id).toBe(STRANGE);
    // No model has the task: what looks secret by its name is covered.
    expect(body.content.parameters).toMatchObject({ kind: "unnamed", kwargs: { secret: { $covered: true } } });
    const unknown = await web.get(`activations/${encodeURIComponent(`${STRANGE}x`)}`);
    expect(unknown).toMatchObject({ status: 404, body: { code: "not_in_flight" } });
    expect(await web.get(`activations/${"x".repeat(5000)}`)).toMatchObject({ status: 400, body: { field: "id" } });
  });

  it("reveals values to somebody with the right who says why, and the broker has it in its audit log", async () => {
    const reason = "ticket 4711";
    expect(await web.post("activations/w1/reveal", { reason }, "operator")).toMatchObject({
      ...{ status: 403, body: { code: "role_refused" } },
    });
    expect(await web.post("activations/w1/reveal", {})).toMatchObject({ status: 400, body: { field: "reason" } });
    const { body } = await web.post("activations/w1/reveal", { reason });
    expect(body.content.parameters.parameters[1]).toMatchObject({ value: "hunter2-hunter2", covered: false });
    const audit = await web.get("audit?q=4711");
    expect(audit.body.rows).toMatchObject([{ verb: "Reveal", kind: "intent", actor: "ann", reason, broker: address }]);
    expect(JSON.stringify(audit.body)).not.toContain("hunter2");
  });

  it("cancels by ids after a dry run that changes nothing, and names what is not there", async () => {
    const asked = { ids: ["w0", "gone"], reason: "customer asked" };
    const dry = await web.post("activations/cancel", { ...asked, dryRun: true });
    expect(dry.body).toMatchObject({ dryRun: true, counts: { done: 1, unknown: 1 }, partial: [] });
    const done = await web.post("activations/cancel", asked, "operator");
    expect(done.body).toMatchObject({
      counts: { done: 1, unknown: 1 },
      outcomes: [
        { id: "w0", outcome: "done", broker: address },
        { id: "gone", outcome: "unknown" },
      ],
    });
    expect(ids(await list("q=id:w0"))).toEqual([]);
    expect(await web.get("ends?q=id:w0")).toMatchObject({
      body: { partial: [], rows: [{ id: "w0", end: "cancelled", broker: address }], completed: { counted: 0 } },
    });
  });

  it("changes by a filter what a dry run has planned, as a job that is listed", async () => {
    const q = "id:w1,w2";
    const dry = await web.post("activations/purge", { q, dryRun: true });
    expect(dry.body).toMatchObject({ matched: 2, tasks: { "things.quick": 2 }, partial: [] });
    const { plan } = dry.body;
    expect(await web.post("activations/purge", { q: "id:w3", plan })).toMatchObject({
      ...{ status: 409, body: { code: "other_plan" } },
    });
    const started = await web.post("activations/purge", { q, plan, reason: "obsolete" });
    expect(started.body).toMatchObject({ jobs: [{ broker: address, verb: "Purge", actor: "ann" }], partial: [] });
    const [{ id }] = started.body.jobs;
    const job = await until(async () => {
      const { body } = await web.get("jobs", "viewer");
      return body.jobs.find((each: { id: string; endedAt: string | null }) => each.id === id && each.endedAt !== null);
    });
    expect(job).toMatchObject({ state: "done", matched: 2, done: 2, broker: address });
    expect(await web.post(`jobs/${id}/cancel`, { broker: address })).toMatchObject({ status: 200 });
    expect(await web.post("jobs/none/cancel", { broker: address })).toMatchObject({ status: 404 });
    expect(await web.post(`jobs/${id}/cancel`, { broker: "10.0.0.1:1" })).toMatchObject({
      ...{ status: 404, body: { code: "unknown_broker", field: "broker" } },
    });
  });

  it.each<[string, object, number, string, string]>([
    ["neither ids nor a filter", {}, 400, "bad_parameter", "ids"],
    ["both", { ids: ["a"], q: "id:a" }, 400, "bad_parameter", "ids"],
    ["a filter without dry run or plan", { q: "id:a" }, 400, "bad_parameter", "plan"],
    ["a plan for ids", { ids: ["a"], plan: "p_x" }, 400, "bad_parameter", "plan"],
    ["a plan that is none", { q: "id:a", plan: "p_x" }, 409, "unknown_plan", "plan"],
    ["a plan of another broker", { q: "id:a", plan: plan("10.0.0.1:1") }, 409, "unknown_plan", "plan"],
    ["a misspelt switch", { ids: ["a"], dryrun: true }, 400, "unknown_parameter", "dryrun"],
    ["an id that is no text", { ids: [5] }, 400, "bad_parameter", "ids[0]"],
    ["1,001 ids", { ids: Array.from({ length: 1001 }, String) }, 400, "bad_parameter", "ids"],
    ["chain with a filter", { q: "id:a", dryRun: true, chain: true }, 400, "bad_parameter", "chain"],
  ])("refuses a change with %s", async (_, body, status, code, field) => {
    const answer = await web.post("activations/cancel", body);
    expect(answer).toMatchObject({ status, body: { code, field } });
  });

  it("refuses changes to somebody who may only look", async () => {
    for (const path of ["cancel", "retry", "purge"])
      expect(await web.post(`activations/${path}`, { ids: ["w3"] }, "viewer")).toMatchObject({ status: 403 });
    expect(ids(await list("q=id:w3"))).toEqual(["w3"]);
  });

  it("refuses bodies that are too large, no JSON, or no object", async () => {
    const large = await web.post("activations/cancel", JSON.stringify({ ids: ["x".repeat(1024 * 1024)] }));
    expect(large).toMatchObject({ status: 413, body: { code: "too_large" } });
    expect(await web.post("activations/cancel", "{")).toMatchObject({ status: 400, body: { code: "bad_json" } });
    expect(await web.post("activations/cancel", "[]")).toMatchObject({ status: 400, body: { code: "bad_parameter" } });
  });
});

/** A plan as that of one broker. */
function plan(broker: string): string {
  return `p_${Buffer.from(JSON.stringify([[broker, "p_1"]])).toString("base64url")}`;
}

describe("one of two brokers that is dead", () => {
  const DEAD = "127.0.0.1:1";
  const missing = { broker: DEAD, code: "broker_unreachable", message: expect.stringContaining(DEAD) };

  it("is named in lists, whose totals are then at least, and in changes, which the other makes", async () => {
    await using both = await WebHarness.start({ brokers: [DEAD, address], models: [MODEL] });
    const page = await both.get("activations?limit=1");
    expect(page.body).toMatchObject({ partial: [missing], total: { exact: false }, rows: [{ broker: address }] });
    const next = await both.get(`activations?limit=1&cursor=${page.body.cursor}`);
    expect(next.body).toMatchObject({ partial: [missing] });
    expect(ids(next)).not.toEqual(ids(page));
    const shown = await both.get("activations/w3");
    expect(shown.body).toMatchObject({ broker: address, partial: [missing] });
    const absent = await both.get("activations/none");
    expect(absent).toMatchObject({ status: 404, body: { code: "not_in_flight" } });
    expect(absent.body.message).toContain(`${DEAD} did not answer, and may have it`);
    const planned = await both.post("activations/cancel", { q: "id:w3", dryRun: true });
    expect(planned.body).toMatchObject({ matched: 1, partial: [missing] });
    const started = await both.post("activations/cancel", { q: "id:w3", plan: planned.body.plan });
    expect(started.body).toMatchObject({ jobs: [{ broker: address }], partial: [] });
    const one = await both.post("activations/cancel", { ids: ["w4"] });
    expect(one.body).toMatchObject({ counts: { done: 1 }, partial: [missing] });
    expect((await both.get("jobs")).body).toMatchObject({ partial: [missing] });
  });

  it("alone gives an error, never an empty list; statuses and problems say of each broker why", async () => {
    await using dead = await WebHarness.start({ brokers: [DEAD] });
    for (const path of ["activations", "ends", "errors", "series", "jobs", "controls", "workers", "audit"])
      expect(await dead.get(path), path).toMatchObject({ status: 503, body: { code: "broker_unreachable" } });
    expect(await dead.get("statuses")).toEqual({ status: 200, body: { brokers: [], partial: [missing] } });
    expect((await dead.get("problems")).body).toMatchObject({ partial: [missing], findings: [{ subject: {} }] });
  });
});
