import { Encoder } from "@msgpack/msgpack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { ENVIRONMENT, LocalBroker } from "../../support/harness/local-broker.js";
import { letterRecord } from "../../support/letters.js";
import { activationBytes } from "../../support/records.js";
import { until } from "../../support/waiting.js";
import { MODEL } from "../../support/web/model.js";
import { WebHarness } from "../../support/web/web-harness.js";

const encoder = new Encoder({ useBigInt64: true });
const local = new LocalBroker();
const other = new LocalBroker();
let web: WebHarness;
let address = "";
let elsewhere = "";

const at = (offset: number) => `work-dlq/0/${offset}`;
const path = (offset: number) => `dead-letters/work-dlq/0/${offset}`;
const LARGE = 9_007_199_254_740_993n;

beforeAll(async () => {
  const broker = await local.start({ listen: "127.0.0.1:0" });
  address = broker.address ?? "";
  // Another pool, with a topic of its own.
  const environment = {
    ...ENVIRONMENT,
    name: "far",
    topics: [{ name: "far", cluster: "local", partitions: 1, deadLetter: "far-dlq", retry: "far" }],
    routes: [{ namespace: "*", topic: "far" }],
    pools: ENVIRONMENT.pools.map((pool) => ({ ...pool, topics: ["far"], group: "far" })),
  };
  const second = await other.start({ environment, listen: "127.0.0.1:0" });
  elsewhere = second.address ?? "";
  const secret = encoder.encode({ args: [], kwargs: { n: 1, secret: "hunter2-hunter2" } });
  const error = "Error: cannot log in with hunter2-hunter2";
  await (await local.log()).append("work-dlq", [
    ...[0, 1, 2].map((n) =>
      letterRecord(n, {
        bytes: activationBytes({ id: `a${n}`, parameters: encoder.encode({ args: [n], kwargs: { large: LARGE } }) }),
      }),
    ),
    letterRecord(3, { error, bytes: activationBytes({ id: "a3", parameters: secret }) }),
    letterRecord(4, { writer: "undecodable" }),
    letterRecord(5, { writer: "oversized" }),
    ...[6, 7, 8, 9].map((n) => letterRecord(n)),
  ]);
  await (await other.log()).append("far-dlq", [letterRecord(0, { topic: "far", id: "far0" })]);
  web = await WebHarness.start({ brokers: [address, elsewhere], models: [MODEL] });
  await until(async () => (await web.get("dead-letters")).body.counts.open === 11);
});

afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await local[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

describe("the HTTP API of dead letters", () => {
  it("exports for a person whose earlier request asked for the headers only", async () => {
    const head = await web.fetch("dead-letters/export", "viewer", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    await until(async () => {
      const { status, body } = await web.fetch("dead-letters/export", "viewer");
      await body?.cancel();
      return status === 200;
    });
  });

  it("lists those of all pools, the newest first, in pages, each with the broker that speaks for its pool", async () => {
    const first = await web.get("dead-letters?limit=6", "viewer");
    expect(first.body).toMatchObject({ partial: [], counts: { open: 11 }, older: [], read: 1, unreadable: [] });
    const second = await web.get(`dead-letters?limit=6&cursor=${first.body.cursor}`);
    const rows = [...first.body.rows, ...second.body.rows];
    expect(rows.map(({ place, broker }) => ({ place, broker }))).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
        .map((offset) => ({ place: at(offset), broker: address }))
        .concat([{ place: "far-dlq/0/0", broker: elsewhere }]),
    );
    expect(second.body.cursor).toBeNull();
    expect((await web.get("dead-letters?q=id:far0")).body.rows).toHaveLength(1);
    expect((await web.get("dead-letters?state=purged")).body.rows).toEqual([]);
    expect((await web.get("letter-groups?q=reason:error")).body).toMatchObject({ partial: [], read: 1, others: 0 });
  });

  it.each([
    ["dead-letters?state=opne", 400, "bad_parameter"],
    ["dead-letters?q=task", 400, "bad_filter"],
    ["dead-letters?q=state:open&state=purged", 400, "bad_parameter"],
    ["dead-letters?stat=open", 400, "unknown_parameter"],
    ["dead-letters/work-dlq/0/99", 404, "unknown_letter"],
    ["dead-letters/nothing/0/1", 404, "unknown_topic"],
    ["dead-letters/work-dlq/0/x", 400, "bad_place"],
    ["dead-letters/work-dlq/-1/1", 400, "bad_place"],
    [`dead-letters/${encodeURIComponent("a/b\u202e\0")}/0/1`, 404, "unknown_topic"],
    ["dead-letters/work-dlq/0/1?chain=1", 400, "unknown_parameter"],
    ["dead-letters/export?q=nokey:1", 400, "bad_filter"],
    ["dead-letters/export?format=csv", 400, "unknown_parameter"],
    ["dead-letters/export?raw=1", 400, "bad_parameter"],
  ])("refuses %s with %i %s", async (asked, status, code) => {
    expect(await web.get(asked)).toMatchObject({ status, body: { code } });
  });

  it("shows one with its parameters as text for editing, integers of any size as numbers", async () => {
    const { status, body } = await web.get(path(1), "viewer");
    expect(status).toBe(200);
    expect(body).toMatchObject({ broker: address, partial: [], letter: { id: "a1", place: at(1) }, key: "work/0/1" });
    expect(body.headers["taskwire-reason"]).toBe("error");
    expect(body.editable).toBe(`{\n  "n": 1,\n  "large": ${LARGE}\n}`);
  });

  it("covers sensitive values, also in the error and its header, and then has no text for editing", async () => {
    const { body } = await web.get(path(3));
    expect(JSON.stringify(body)).not.toContain("hunter2");
    expect(body).toMatchObject({ editable: null, letter: { error: "Error: cannot log in with [covered]" } });
  });

  it("shows the first bytes of an undecodable one, and nothing of an oversized one", async () => {
    const undecodable = await web.get(path(4));
    expect(undecodable.body).toMatchObject({ editable: null, content: { parameters: { kind: "unreadable" } } });
    expect(undecodable.body.content.parameters.hex).toBe(Buffer.from("no activation 4").toString("hex"));
    expect((await web.get(path(5))).body).toMatchObject({ content: null, editable: null });
  });

  it("reveals one to somebody with the right who says why, and the broker has it in its audit log", async () => {
    expect((await web.post(`${path(3)}/reveal`, { reason: "x" }, "operator")).status).toBe(403);
    expect(await web.post(`${path(3)}/reveal`, {})).toMatchObject({ status: 400, body: { field: "reason" } });
    const { body } = await web.post(`${path(3)}/reveal`, { reason: "ticket 4712" });
    expect(body.letter.error).toContain("hunter2-hunter2");
    expect(body.editable).toContain('"secret": "hunter2-hunter2"');
    const audit = await web.get("audit?q=4712");
    const intents = audit.body.rows.filter(({ kind }: { kind: string }) => kind === "intent");
    expect(intents).toContainEqual(
      expect.objectContaining({ verb: "ShowLetter", role: "reveal", actor: "ann", broker: address }),
    );
    expect(JSON.stringify(audit.body)).not.toContain("hunter2");
  });

  it("checks edited parameters as `.delay()` would, and says what does not fit by path", async () => {
    const check = (parameters: string) => web.post("dead-letters/check", { place: at(1), parameters }, "viewer");
    expect((await check(`{"n": 5, "large": ${LARGE}}`)).body).toEqual({ fit: true });
    expect((await check('{"n": "five", "m": 1}')).body).toMatchObject({
      fit: false,
      issues: [{ path: "n", expected: "int" }, { path: "m" }],
    });
    expect(await check("{")).toMatchObject({ status: 422, body: { code: "bad_json", field: "parameters" } });
    expect(await check('{"n": 1, "n": 2}')).toMatchObject({ status: 422, body: { code: "bad_json" } });
    expect(await check("[".repeat(100_000))).toMatchObject({ status: 422, body: { code: "bad_json" } });
    const foreign = await web.post("dead-letters/check", { place: at(4), parameters: "{}" });
    expect(foreign).toMatchObject({ status: 422, body: { code: "undecodable" } });
  });

  it("replays one with edited parameters only when they fit, and exactly as they were written", async () => {
    const replay = { places: [at(1)], reason: "fixed" };
    const wrong = await web.post("dead-letters/replay", { ...replay, parameters: '{"n": null}' });
    expect(wrong).toMatchObject({ status: 422, body: { code: "bad_parameters", issues: [{ path: "n" }] } });
    const several = await web.post("dead-letters/replay", { places: [at(1), at(2)], parameters: '{"n": 1}' });
    expect(several).toMatchObject({ status: 400, body: { field: "parameters" } });
    expect((await web.post("dead-letters/replay", replay, "viewer")).status).toBe(403);
    const fit = await web.post("dead-letters/replay", { ...replay, parameters: `{"n": 42, "large": ${LARGE}}` });
    expect(fit.body).toMatchObject({
      counts: { replayed: 1 },
      outcomes: [{ place: at(1), topic: "work" }],
      partial: [],
    });
    const [record] = await records("work");
    const sent = decodeActivation(record ?? new Uint8Array());
    expect(sent.id).toBe(fit.body.outcomes[0].id);
    expect(Buffer.from(sent.parameters).toString("hex")).toBe(
      Buffer.from(encoder.encode({ args: [], kwargs: { n: 42, large: LARGE } })).toString("hex"),
    );
    expect((await web.post("dead-letters/replay", replay)).body).toMatchObject({ counts: { already: 1 } });
  });

  it("resolves places of several pools in one request, and says of each what happened", async () => {
    const places = [at(2), "far-dlq/0/0", "gone-dlq/0/1"];
    const dry = await web.post("dead-letters/purge", { places, dryRun: true });
    expect(dry.body).toMatchObject({ dryRun: true, counts: { purged: 2, unknown: 1 } });
    const done = await web.post("dead-letters/purge", { places, reason: "obsolete" });
    expect(done.body).toMatchObject({ counts: { purged: 2, unknown: 1 }, partial: [] });
    expect(done.body.outcomes.map(({ place }: { place: string }) => place).sort()).toEqual([...places].sort());
    const refused = await web.post("dead-letters/purge", { places: [at(6), "nonsense"] });
    expect(refused).toMatchObject({ status: 400, body: { code: "bad_place", field: "places[1]" } });
    expect((await web.get(path(6))).body.letter.state).toBe("open");
  });

  it("replays by a filter what a dry run has planned, at a rate, as jobs", async () => {
    const q = "id:a6,a7";
    const dry = await web.post("dead-letters/replay", { q, dryRun: true, rate: 1 });
    expect(dry.body).toMatchObject({ matched: 2, seconds: 2, partial: [] });
    const { plan } = dry.body;
    const started = await web.post("dead-letters/replay", { q, plan, rate: 0 });
    expect(started.body.jobs.map(({ broker }: { broker: string }) => broker)).toEqual([address, elsewhere]);
    await until(async () => (await web.get(path(7))).body.letter.state === "replayed");
    await until(async () => (await web.get(path(6))).body.letter.state === "replayed");
    const other = await web.post("dead-letters/purge", { q, plan });
    expect(other).toMatchObject({ status: 409, body: { code: "other_plan" } });
  });
});

describe("the export of dead letters", () => {
  const lines = async (query: string, person?: "viewer" | "operator" | "owner") => {
    const response = await web.fetch(`dead-letters/export?${query}`, person);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    return (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };

  it("streams them as NDJSON from the oldest on, with sensitive values covered", async () => {
    const all = await lines("state=all", "viewer");
    expect(all.map(({ letter }) => letter.id)).toEqual([
      "a0",
      "a1",
      "a2",
      "a3",
      "work/0/4",
      "a5",
      "a6",
      "a7",
      "a8",
      "a9",
      "far0",
    ]);
    expect(JSON.stringify(all)).not.toContain("hunter2");
    expect(all[0]).toMatchObject({ broker: address, headers: { "taskwire-reason": "error" }, content: {} });
    expect(all[0]).not.toHaveProperty("raw");
  });

  it("has clear values and raw bytes for somebody with the right who says why, and is audited", async () => {
    for (const query of ["raw=1&reason=x", "reveal=true&reason=x"])
      expect(await web.get(`dead-letters/export?${query}`, "operator")).toMatchObject({ status: 403 });
    const [line] = await lines("state=all&q=id:a3&raw=1&reveal=1&reason=ticket%204713");
    expect(line.letter.error).toContain("hunter2-hunter2");
    expect(decodeActivation(Buffer.from(line.raw, "base64")).id).toBe("a3");
    const audit = await web.get("audit?q=4713");
    const intents = audit.body.rows.map(({ verb, role, broker }: Record<string, string>) => ({ verb, role, broker }));
    expect(intents).toHaveLength(2);
    for (const broker of [address, elsewhere])
      expect(intents).toContainEqual({ verb: "ExportLetters", role: "reveal", broker });
  });

  it("is over when its reader goes, so that the person may start another one", async () => {
    const many = Array.from({ length: 3000 }, (_, n) =>
      letterRecord(n, { topic: "many", bytes: activationBytes({ id: `m${n}`, parameters: new Uint8Array(2000) }) }),
    );
    await (await local.log()).append("work-dlq", many);
    const running = await web.fetch("dead-letters/export?state=all");
    expect((await web.fetch("dead-letters/export?q=id:a8", "viewer")).status).toBe(200);
    await running.body?.cancel();
    await until(async () => {
      const again = await web.fetch("dead-letters/export?q=id:a8");
      await again.text();
      return again.status === 200;
    });
  });

  it("names a dead broker in its first line", async () => {
    await using both = await WebHarness.start({ brokers: ["127.0.0.1:1", address] });
    const response = await both.fetch("dead-letters/export?q=id:a8");
    const [first, second] = (await response.text()).trim().split("\n");
    expect(JSON.parse(first ?? "")).toMatchObject({ missing: { broker: "127.0.0.1:1", code: "broker_unreachable" } });
    expect(JSON.parse(second ?? "")).toMatchObject({ letter: { id: "a8" } });
  });
});

/** The values of the topic's records. */
async function records(topic: string): Promise<readonly Uint8Array[]> {
  const found = await (await local.log()).browse(topic, 0, 0, 100);
  return found.records.map(({ value }) => value);
}
