import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalBroker } from "../support/harness/local-broker.js";
import { operate } from "../support/processes/operate.js";

/** A broker with one connected worker, which completes what it gets. */
const local = new LocalBroker();
let address = "";

beforeAll(async () => {
  const broker = await local.start({ listen: "127.0.0.1:0" });
  address = broker.address ?? "";
  await local.worker("test", ["things.quick"], "1", "w-7");
});

afterAll(() => local[Symbol.asyncDispose]());

const ask = (...args: string[]) => operate([...args, "--broker", address]);
const json = async (...args: string[]) => {
  const { code, out, err } = await ask(...args, "--json");
  return { code, err, document: JSON.parse(out) };
};
const send = (...ids: string[]) =>
  local.send(...ids.map((id) => ({ id, task: "things.quick", namespace: "things", application: "test" })));

describe("taskwire pause and resume", () => {
  it("hold work back until it is resumed, and say what they concern", async () => {
    const paused = await ask("pause", "--task", "things.quick", "--until", "2h", "--reason", "a deploy", "--yes");
    expect(paused).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^paused: pause of task things\.quick by .*, for 1h 59m more.*: a deploy\n/),
    });
    await send("p1", "p2");
    await local.shows(({ counts }) => counts.parked === 2);
    const listed = await ask("controls");
    expect(listed.out).toMatch(/things\.quick +\S+ +task/);
    expect((await json("controls")).document).toMatchObject({
      controls: [{ subject: "things.quick", reason: "a deploy" }],
    });
    const dry = await json("resume", "--task", "things.quick", "--dry-run");
    expect(dry.document).toMatchObject({ done: false, concerned: { parked: 2 } });
    expect(await ask("resume", "--task", "things.quick", "--yes")).toMatchObject({
      code: 0,
      out: expect.stringContaining("resumed"),
    });
    await local.shows(({ ended }) => ended.completed === 2);
    expect(await ask("resume", "--task", "things.quick", "--yes")).toMatchObject({
      code: 3,
      out: expect.stringContaining("nothing to end"),
    });
    expect(await ask("controls")).toEqual({ code: 3, out: "", err: "nothing is paused or dropped\n" });
  });

  it("change nothing without a terminal and --yes, and say what they would do", async () => {
    const { code, out, err } = await ask("pause", "--topic", "work");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("would be paused: pause of topic work");
    expect(err).toContain("pass --yes to do it, or --dry-run to see more");
    expect((await ask("controls")).code).toBe(3);
  });

  it("need exactly one subject, and one that the broker has", async () => {
    expect(await ask("pause", "--yes")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Expected one of --task"),
    });
    expect((await ask("pause", "--task", "a", "--pool", "b", "--yes")).code).toBe(2);
    expect(await ask("pause", "--topic", "none", "--yes")).toMatchObject({
      code: expect.any(Number),
      err: expect.stringContaining("none"),
    });
    expect((await ask("pause", "--task", "a", "--until", "soon")).code).toBe(2);
  });
});

describe("taskwire kill", () => {
  it("adds, lists and removes rules", async () => {
    const dry = await json(
      "kill",
      "add",
      "things.quick",
      "--arg",
      "group_id=5",
      "--arg",
      "name=x y",
      "--position",
      "0=true",
      "--dry-run",
    );
    expect(dry.document).toMatchObject({
      done: false,
      control: { kind: "kill", subject: "things.quick", args: { 0: true }, kwargs: { group_id: 5, name: "x y" } },
      drops: { matched: 0 },
    });
    expect((await ask("kill", "list")).code).toBe(3);
    const added = await json("kill", "add", "things.quick", "--arg", "group_id=5", "--yes", "--reason", "poison");
    expect(added).toMatchObject({ code: 0, document: { done: true, control: { reason: "poison" } } });
    const { id } = added.document.control;
    expect((await ask("kill", "list")).out).toContain(id);
    expect((await ask("kill", "remove", id, "--yes")).code).toBe(0);
    expect((await ask("kill", "remove", id, "--yes")).code).toBe(3);
    expect((await ask("kill", "remove", "nonsense", "--yes")).code).toBe(2);
    expect((await ask("kill", "add", "things.quick", "--arg", "group_id")).code).toBe(2);
  });
});

describe("taskwire workers", () => {
  it("lists workers, drains one and hands it work again", async () => {
    expect((await ask("workers", "list")).out).toMatch(/w-7 +test +.*connected/);
    expect((await json("workers", "drain", "w-7", "--yes")).document).toMatchObject({
      worker: "w-7",
      drained: true,
      done: true,
    });
    expect((await ask("workers", "list")).out).toMatch(/w-7 +test +.*drained/);
    expect((await ask("workers", "undrain", "w-7", "--yes")).out).toContain("handed work");
    expect((await ask("workers", "drain", "none", "--yes")).code).toBe(3);
    expect((await ask("workers", "drain", "w-7")).code).toBe(2);
  });
});

describe("taskwire ends and errors", () => {
  it("list what has ended, with what history keeps of it, and end with 3 when nothing matches", async () => {
    await send("e1");
    await local.shows(({ ended }) => ended.completed >= 1);
    await expect
      .poll(async () => (await ask("ends", "task:things.quick")).out, { interval: 100 })
      .toMatch(/things\.quick +\S+ +completed/);
    expect((await json("ends", "--limit", "1")).document).toMatchObject({
      rows: [{ task: "things.quick", broker: address }],
    });
    expect((await ask("ends", "task:nothing")).code).toBe(3);
    expect((await ask("ends", "nonsense:x")).code).toBe(2);
    expect(await ask("errors")).toMatchObject({ code: 3, err: expect.stringContaining("no failed run matches") });
    expect((await json("errors")).document).toMatchObject({ groups: [], partial: [] });
  });
});

describe("taskwire audit", () => {
  it("has every change with its author, and nothing that only looked", async () => {
    const { document } = await json("audit", "--limit", "1000");
    const verbs = new Set(document.rows.map(({ verb }: { readonly verb: string }) => verb));
    expect([...verbs].sort()).toEqual(["Drain", "Kill", "Pause", "Resume", "Unkill"]);
  });
});
