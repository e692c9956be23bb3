import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalBroker } from "../support/harness/local-broker.js";
import { operate } from "../support/processes/operate.js";

/** A broker whose activations no worker takes. */
const local = new LocalBroker();
let address = "";

beforeAll(async () => {
  const broker = await local.start({ listen: "127.0.0.1:0", limits: { parkAfter: 3_600_000 } });
  address = broker.address ?? "";
});

afterAll(() => local[Symbol.asyncDispose]());

const ask = (...args: string[]) => operate([...args, "--broker", address]);
const json = async (...args: string[]) => {
  const { code, out, err } = await ask(...args, "--json");
  return { code, err, document: JSON.parse(out) };
};
const send = async (task: string, ...ids: string[]) => {
  await local.send(...ids.map((id) => ({ id, task, namespace: "things", application: "test" })));
  await local.shows(({ tasks }) => tasks.some((each) => each.task === task && each.pending === ids.length));
};

describe("taskwire activations cancel", () => {
  it("cancels by ids, says what happened to each, and ends with 4 when some are not in flight", async () => {
    await send("things.one", "c1", "c2");
    const dry = await json("activations", "cancel", "c1", "--dry-run");
    expect(dry).toMatchObject({
      code: 0,
      document: { dryRun: true, outcomes: [{ id: "c1", outcome: "done", broker: address }] },
    });
    const refused = await ask("act", "cancel", "c1");
    expect(refused).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("this will cancel 1 activation; pass --yes"),
    });
    const done = await ask("act", "cancel", "c1", "none", "--yes", "--reason", "a customer asked");
    expect(done).toMatchObject({ code: 4, out: "c1  done\nnone  unknown\n", err: "1 done, 1 unknown\n" });
    expect((await ask("act", "cancel", "none", "--yes")).code).toBe(3);
    expect((await ask("act", "cancel", "none", "--ahead", "--yes")).out).toMatch(/^none {2}ahead/);
    const controls = await ask("controls");
    expect(controls).toMatchObject({
      code: 0,
      out: expect.stringMatching(/: cancelled ahead: 1 id of at most 10000, the oldest since 20.+Z$/m),
    });
    const { document } = await json("audit", "cancel", "customer");
    expect(document.rows).toMatchObject([
      { kind: "intent", reason: "a customer asked", request: { ids: ["c1", "none"] } },
    ]);
  });

  it("cancels by a filter: a plan, which is carried out as a job", async () => {
    await send("things.many", ...Array.from({ length: 30 }, (_, number) => `m${number}`));
    const dry = await json("act", "cancel", "--task", "things.many", "--dry-run");
    expect(dry.document).toMatchObject({ matched: 30, tasks: { "things.many": 30 }, plan: expect.any(String) });
    const done = await json("act", "cancel", "--task", "things.many", "--yes");
    expect(done).toMatchObject({
      code: 0,
      document: { jobs: [{ verb: "Cancel", state: "done", matched: 30, done: 30 }] },
    });
    expect((await ask("act", "list", "task:things.many")).code).toBe(3);
    expect(await ask("act", "cancel", "--task", "things.many", "--yes")).toMatchObject({
      code: 3,
      err: "no activation matches\n",
    });
  });

  it("needs ids or a filter, and not both", async () => {
    expect(await ask("act", "cancel", "--yes")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Expected ids, or a filter"),
    });
    expect((await ask("act", "cancel", "a", "--task", "b", "--yes")).code).toBe(2);
    expect((await ask("act", "cancel", "--task", "b", "--chain", "--yes")).code).toBe(2);
    expect((await ask("act", "cancel", "--filter", "nonsense:1", "--yes")).code).toBe(2);
  });
});

describe("taskwire activations retry", () => {
  it("says of pending ones that they are due already", async () => {
    await send("things.due", "r1");
    expect(await ask("act", "retry", "r1", "--yes")).toMatchObject({ code: 0, out: "r1  already\n" });
    expect((await ask("act", "retry", "none", "--yes")).code).toBe(3);
  });
});

describe("taskwire activations purge", () => {
  it("cancels what waits, by a filter only", async () => {
    await send("things.purged", "p1", "p2");
    expect((await ask("act", "purge", "--yes")).code).toBe(2);
    const done = await ask("act", "purge", "--task", "things.purged", "--yes");
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^job \w+: done; 2 of 2 matched, 2 done\n$/) });
    expect((await ask("act", "purge", "p1", "--task", "x", "--yes")).code).toBe(2);
  });
});
