import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { MOST_LISTENERS } from "#runtime/web/live/live.js";
import { statusWith } from "../../../support/status.js";
import { FakeBroker, liveOf, Page } from "../../../support/web/page.js";
import { ManualClock } from "../../worker/manual-clock.js";

const SECOND = 1000;

/** Time passes in steps that are short enough for the answers of brokers, which take some microtasks. */
async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 10; step += 1) {
    clock.advance(SECOND / 10);
    await setImmediate();
  }
}

function console1() {
  const clock = new ManualClock();
  const broker = new FakeBroker("a:1");
  return { clock, broker, live: liveOf([broker], clock) };
}

describe("the stream of a console", () => {
  it("asks no broker while nobody listens, one for all while somebody does, and none after the last has gone", async () => {
    const { clock, broker, live } = console1();
    await pass(clock, 10);
    expect(broker.calls).toEqual([]);
    const pages = await Promise.all(Array.from({ length: 5 }, () => Page.open(live)));
    await pass(clock, 10);
    expect(broker.count("Status")).toBe(11);
    expect(broker.count("Jobs")).toBe(11);
    expect(broker.count("Series")).toBe(3);
    for (const page of pages) await page.close();
    broker.calls.length = 0;
    await pass(clock, 10);
    expect(broker.calls).toEqual([]);
    await pass(clock, 60);
    expect(clock.timers).toBe(0);
  });

  it("asks a broker at most once a second, however often pages come and go", async () => {
    const { clock, broker, live } = console1();
    for (let time = 0; time < 20; time += 1) {
      const page = await Page.open(live);
      clock.advance(0);
      await page.next("opened");
      await page.close();
      clock.advance(100);
      await setImmediate();
    }
    expect(broker.count("Status")).toBeLessThanOrEqual(3);
  });

  it("begins with everything, and continues with the parts that change", async () => {
    const { clock, broker, live } = console1();
    const page = await Page.open(live);
    expect(page.response.headers.get("content-type")).toContain("text/event-stream");
    expect(await page.next("opened")).toEqual({ resumed: false, refresh: 1000 });
    clock.advance(0);
    const first = await page.next("status");
    expect(first).toMatchObject({ broker: "a:1", part: { pool: "default", heldFetches: 0 } });
    await page.next("news");
    broker.document = statusWith({ heldFetches: 3 });
    await pass(clock, 1);
    expect((await page.next("status")).part).toEqual({ heldFetches: 3 });
  });

  it("resumes after the last event that a page got, by header or by parameter", async () => {
    const { clock, broker, live } = console1();
    const page = await Page.open(live);
    clock.advance(0);
    await page.next("news");
    const id = page.id ?? "";
    await page.close();
    broker.document = statusWith({ heldFetches: 3 });
    await pass(clock, 30);
    for (const back of [await Page.open(live, "", { "last-event-id": id }), await Page.open(live, `after=${id}`)]) {
      expect(await back.next("opened")).toMatchObject({ resumed: true });
      clock.advance(0);
      expect((await back.next("status")).part).toEqual({ heldFetches: 3 });
      await back.close();
    }
  });

  it("sends everything again when nobody listened for a minute, or the id is of another console", async () => {
    const { clock, live } = console1();
    const page = await Page.open(live);
    clock.advance(0);
    await page.next("news");
    const id = page.id ?? "";
    await page.close();
    await pass(clock, 61);
    for (const after of [id, "nonsense", ""]) {
      const back = await Page.open(live, `after=${after}`);
      expect(await back.next("opened")).toMatchObject({ resumed: false });
      await pass(clock, 1);
      expect((await back.next("status")).part).toMatchObject({ pool: "default", counts: {} });
    }
  });

  it("has only the topics that a page asks for, and asks brokers for no others", async () => {
    const { clock, broker, live } = console1();
    const page = await Page.open(live, "topics=jobs");
    clock.advance(0);
    const events = await page.until("jobs");
    expect(events.map(({ event }) => event)).toEqual(["opened", "missing", "pools", "jobs"]);
    expect(broker.count("Series")).toBe(0);
    const other = await Page.open(live, "topics=points,status");
    await pass(clock, 1);
    expect(broker.count("Series")).toBe(1);
    expect((await other.until("missing")).map(({ event }) => event)).toEqual(["opened", "status", "missing"]);
  });

  it("refuses topics and refreshes that it does not know", async () => {
    const { live } = console1();
    await expect(Page.open(live, "topic=status")).rejects.toMatchObject({ code: "unknown_parameter" });
    for (const query of ["topics=status,stars", "topics=,", "refresh=0", "refresh=1.5", "refresh=soon", "refresh=61"])
      await expect(Page.open(live, query)).rejects.toMatchObject({ code: "bad_parameter" });
  });

  it("updates a page as often as it wishes, and not more often than the operator allows", async () => {
    const { clock, broker, live } = console1();
    const calm = await Page.open(live, "refresh=5&topics=status");
    const quick = await Page.open(live, "refresh=1&topics=status");
    expect(await calm.next("opened")).toMatchObject({ refresh: 5000 });
    clock.advance(0);
    await calm.next("missing");
    await quick.next("missing");
    for (let held = 1; held <= 5; held += 1) {
      broker.document = statusWith({ heldFetches: held });
      await pass(clock, 1);
      expect((await quick.next("status")).part).toEqual({ heldFetches: held });
    }
    expect((await calm.next("status")).part).toEqual({ heldFetches: 5 });
    await quick.close();
    broker.calls.length = 0;
    await pass(clock, 10);
    expect(broker.count("Status")).toBe(2);
  });

  it("takes 64 listeners, and refuses a further one until another leaves", async () => {
    const { live } = console1();
    const pages = await Promise.all(Array.from({ length: MOST_LISTENERS }, () => Page.open(live)));
    expect(pages.map(({ response }) => response.status)).toEqual(Array(64).fill(200));
    const { response } = await Page.open(live);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toMatchObject({ code: "too_many_streams" });
    await pages[0]?.close();
    expect((await Page.open(live)).response.status).toBe(200);
  });

  it("keeps little for a page that reads slowly, which then gets what changed meanwhile at once", async () => {
    const { clock, broker, live } = console1();
    const page = await Page.open(live, "topics=status");
    for (let held = 1; held <= 20; held += 1) {
      broker.document = statusWith({ heldFetches: held });
      await pass(clock, 1);
    }
    const events = await page.until("missing");
    expect(events.map(({ event }) => event)).toEqual(["opened", "status", "missing"]);
    await pass(clock, 1);
    expect((await page.next("status")).part).toEqual({ heldFetches: 20 });
  });

  it("drops a page that reads nothing for half a minute, and keeps the others", async () => {
    const { clock, broker, live } = console1();
    const stuck = await Page.open(live, "topics=status");
    const other = await Page.open(live, "topics=status");
    for (let held = 1; held <= 40; held += 1) {
      broker.document = statusWith({ heldFetches: held });
      await pass(clock, 1);
      await other.next("status");
    }
    await stuck.ended();
    broker.document = statusWith({ heldFetches: 41 });
    await pass(clock, 1);
    expect((await other.next("status")).part).toEqual({ heldFetches: 41 });
  });

  it("sends a comment when nothing else was sent for five seconds", async () => {
    const { clock, live } = console1();
    const page = await Page.open(live, "topics=jobs");
    clock.advance(0);
    await page.next("jobs");
    const ended = page.ended();
    await pass(clock, 11);
    page.signOut();
    await ended;
    expect(page.text.split(": ping\n\n")).toHaveLength(3);
  });

  it("ends when the token of its page is taken away, and those of others stay", async () => {
    const { clock, broker, live } = console1();
    const page = await Page.open(live);
    const other = await Page.open(live);
    clock.advance(0);
    await other.next("news");
    page.signOut();
    await page.ended();
    broker.document = statusWith({ heldFetches: 3 });
    await pass(clock, 1);
    expect((await other.next("status")).part).toEqual({ heldFetches: 3 });
  });

  it("ends as a complete one when the console stops, and no further one begins", async () => {
    const { clock, live } = console1();
    const page = await Page.open(live);
    live.close();
    await page.ended();
    expect(clock.timers).toBe(0);
    const { response } = await Page.open(live);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "console_stopping" });
  });

  it("continues with one update when the process stood still for a day", async () => {
    const { clock, broker, live } = console1();
    const page = await Page.open(live, "topics=status");
    clock.advance(0);
    await page.next("missing");
    broker.calls.length = 0;
    broker.document = statusWith({ heldFetches: 3 });
    clock.stand(86_400_000);
    await pass(clock, 1);
    expect(broker.count("Status")).toBeLessThanOrEqual(2);
    expect((await page.next("status")).part).toEqual({ heldFetches: 3 });
  });
});
