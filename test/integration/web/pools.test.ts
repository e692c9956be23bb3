import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENVIRONMENT, LocalBroker } from "../../support/harness/local-broker.js";
import { letterRecord } from "../../support/letters.js";
import { until } from "../../support/waiting.js";
import { MODEL } from "../../support/web/model.js";
import { WebHarness } from "../../support/web/web-harness.js";

/** Two brokers of the same environment and pool, each with a log of its own, and a third of another environment. */
const locals = [new LocalBroker(), new LocalBroker(), new LocalBroker()];
let web: WebHarness;
let one = "";
let two = "";
let other = "";

const PLACE = "work-dlq/0/0";
const path = `dead-letters/${PLACE}`;
const nameOf = (broker: string, environment = "test") => `${environment}/default@${broker}`;
const inPool = (broker: string, environment?: string) => `?pool=${encodeURIComponent(nameOf(broker, environment))}`;

beforeAll(async () => {
  const addresses: string[] = [];
  for (const [index, local] of locals.entries()) {
    const environment = index === 2 ? { ...ENVIRONMENT, name: "stage" } : ENVIRONMENT;
    const broker = await local.start({ environment, listen: "127.0.0.1:0" });
    addresses.push(broker.address ?? "");
    await (await local.log()).append("work-dlq", [letterRecord(index * 10), letterRecord(index * 10 + 1)]);
  }
  [one = "", two = "", other = ""] = addresses;
  web = await WebHarness.start({ brokers: [one, two, other], models: [MODEL] });
  await until(async () => (await web.get("dead-letters")).body.counts.open === 6);
});

afterAll(async () => {
  await web[Symbol.asyncDispose]();
  for (const local of locals) await local[Symbol.asyncDispose]();
});

const AMBIGUOUS = { status: 409, body: { code: "ambiguous_place", field: "pool" } };

describe("brokers whose pools have the same name, or topics of the same name", () => {
  it("are pools of their own where each has a log of its own: all of their dead letters are listed, with their pool", async () => {
    const { body } = await web.get("dead-letters");
    expect(body.counts).toEqual({ open: 6, replayed: 0, purged: 0 });
    const pools = body.rows.map(({ broker, pool }: { broker: string; pool: string }) => [broker, pool]);
    expect(new Set(pools.map(String))).toEqual(
      new Set([`${one},${nameOf(one)}`, `${two},${nameOf(two)}`, `${other},${nameOf(other, "stage")}`]),
    );
    expect((await web.get("letter-groups")).body.groups).toMatchObject([{ count: 6 }]);
  });

  it("show the dead letter of the pool that is named, and none where a place means several", async () => {
    expect(await web.get(path)).toMatchObject(AMBIGUOUS);
    for (const [broker, id, environment] of [
      [one, "a0", "test"],
      [two, "a10", "test"],
      [other, "a20", "stage"],
    ] as const)
      expect((await web.get(`${path}${inPool(broker, environment)}`)).body).toMatchObject({
        broker,
        letter: { id },
        pool: nameOf(broker, environment),
      });
    expect(await web.get(`${path}?pool=test/elsewhere`)).toMatchObject({
      status: 404,
      body: { code: "unknown_pool", message: expect.stringContaining(nameOf(two)) },
    });
  });

  it("check, reveal, replay and purge nothing where a place means several, and only that of the named pool", async () => {
    const check = { place: PLACE, parameters: "{}" };
    expect(await web.post("dead-letters/check", check)).toMatchObject(AMBIGUOUS);
    expect(await web.post(`${path}/reveal`, { reason: "ticket" })).toMatchObject(AMBIGUOUS);
    expect(await web.post("dead-letters/replay", { places: [PLACE] })).toMatchObject(AMBIGUOUS);
    expect(await web.post("dead-letters/purge", { places: [PLACE] })).toMatchObject(AMBIGUOUS);
    const done = await web.post("dead-letters/replay", { places: [PLACE], pool: nameOf(two), reason: "fixed" });
    expect(done.body).toMatchObject({ counts: { replayed: 1 }, outcomes: [{ place: PLACE }] });
    const purged = await web.post("dead-letters/purge", { places: [PLACE], pool: nameOf(one), reason: "obsolete" });
    expect(purged.body).toMatchObject({ counts: { purged: 1 } });
    expect((await web.get("dead-letters")).body.counts).toEqual({ open: 4, replayed: 1, purged: 1 });
    expect((await web.get(`${path}${inPool(other, "stage")}`)).body.letter.state).toBe("open");
  });

  it("are distinguished by `pool`, which narrows documents, lists, and changes by a filter", async () => {
    expect((await web.get("pools")).body).toEqual({
      pools: [
        { name: nameOf(one), brokers: [one] },
        { name: nameOf(two), brokers: [two] },
        { name: nameOf(other, "stage"), brokers: [other] },
      ],
      partial: [],
    });
    const stage = inPool(other, "stage");
    expect((await web.get(`statuses${stage}`)).body).toMatchObject({ brokers: [{ broker: other }], partial: [] });
    expect((await web.get(`controls${stage}`)).body.brokers).toHaveLength(1);
    const { body } = await web.get(`dead-letters${stage}`);
    expect(body).toMatchObject({ counts: { open: 2, purged: 0 }, total: { count: 2, exact: true }, partial: [] });
    expect(new Set(body.rows.map(({ broker }: { broker: string }) => broker))).toEqual(new Set([other]));
    const planned = await web.post(`dead-letters/purge${stage}`, { q: "", dryRun: true, reason: "old" });
    expect(planned.body).toMatchObject({ matched: 2 });
    expect((await web.post("dead-letters/purge", { q: "", dryRun: true, reason: "old" })).body).toMatchObject({
      matched: 4,
    });
    expect((await web.post(`pause${stage}`, { kind: "pool", subject: "default", reason: "move" })).body).toMatchObject({
      brokers: [{ broker: other }],
    });
    const paused = (await web.get("controls")).body.brokers;
    expect(paused.map(({ controls }: { controls: readonly object[] }) => controls.length)).toEqual([0, 0, 1]);
    expect(await web.get(`activations?pool=test/elsewhere`)).toMatchObject({
      status: 404,
      body: { code: "unknown_pool", field: "pool", message: expect.stringContaining(nameOf(two)) },
    });
    expect(await web.get(`activations${stage}&pool=x`)).toMatchObject({ status: 400, body: { field: "pool" } });
  });

  it("of which one does not answer, leave the dead letters of the others", async () => {
    await locals[1]?.broker.stop();
    const { body } = await web.get("dead-letters");
    expect(body).toMatchObject({ counts: { open: 3 }, partial: [{ broker: two }] });
    expect(await web.get(`${path}${inPool(two)}`)).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining(`${two} did not answer`) },
    });
    // It may be of any pool, so what is asked of one is not all there is, and it is asked for nothing.
    const narrowed = await web.get(`dead-letters${inPool(other, "stage")}`);
    expect(narrowed.body).toMatchObject({ counts: { open: 2 }, partial: [{ broker: two }] });
    expect(await web.get(`statuses${inPool(two)}`)).toMatchObject({ status: 404, body: { code: "unknown_pool" } });
  });
});

describe("one broker under two addresses", () => {
  it("is one pool, whose dead letters are listed once", async () => {
    const port = one.slice(one.indexOf(":"));
    await using twice = await WebHarness.start({ brokers: [one, `localhost${port}`], models: [MODEL] });
    const { rows } = (await twice.get("dead-letters?state=all")).body;
    expect(rows).toHaveLength(2);
    expect(rows[0]).not.toHaveProperty("pool");
  });
});
