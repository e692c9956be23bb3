import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { LocalBroker } from "../support/harness/local-broker.js";
import { operate } from "../support/processes/operate.js";
import { freePort } from "../support/processes/operating-system.js";

/** A broker with three pending activations that no worker takes, and one that fails. */
const local = new LocalBroker();
let address = "";
/** A port that nobody listens on. */
let silent = "";

beforeAll(async () => {
  const broker = await local.start({ listen: "127.0.0.1:0", limits: { parkAfter: 3_600_000 } });
  address = broker.address ?? "";
  silent = `127.0.0.1:${await freePort()}`;
  await local.send(
    ...["a1", "a2", "a3"].map((id) => ({ id, task: "things.quick", namespace: "things", application: "test" })),
    { id: "b1", task: "others.\u001b[31mred", namespace: "others", application: "test" },
  );
  await local.shows(({ counts }) => counts.pending === 4);
});

afterAll(() => local[Symbol.asyncDispose]());

const ask = (...args: string[]) => operate([...args, "--broker", address]);
const json = async (...args: string[]) => {
  const { code, out, err } = await ask(...args, "--json");
  return { code, err, document: JSON.parse(out) };
};

describe("taskwire activations list", () => {
  it("prints what is in flight as a table, with the number of matches on stderr, and escapes control characters", async () => {
    const { code, out, err } = await ask("activations", "list");
    expect(out).toMatch(/^task +id +state +age/);
    expect(out).toMatch(/things\.quick +a1 +pending/);
    expect(out).not.toContain("\u001b");
    expect(err).toBe("4 activations match\n");
    expect(code).toBe(0);
  });

  it("takes a filter as arguments and as flags, under its short name, too", async () => {
    const { document } = await json("act", "list", "state:pending", "--task", "things.*", "--namespace", "things");
    expect(document).toMatchObject({
      cursor: null,
      partial: [],
      rows: [{ id: "a1", broker: address }, { id: "a2" }, { id: "a3" }],
    });
  });

  it("prints pages that a cursor continues, and all of them as NDJSON", async () => {
    const first = await json("activations", "list", "--limit", "3");
    expect(first.document.rows).toHaveLength(3);
    const second = await json("activations", "list", "--limit", "3", "--cursor", first.document.cursor);
    expect(second.document).toMatchObject({ rows: [{ id: "b1" }], cursor: null });
    const { out } = await ask("activations", "list", "--limit", "1", "--all", "--json");
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).id),
    ).toEqual(["a1", "a2", "a3", "b1"]);
  });

  it("ends with 3 when nothing matches, and with 2 for a filter that is wrong", async () => {
    expect(await ask("activations", "list", "task:nothing")).toEqual({
      code: 3,
      out: "",
      err: "nothing in flight matches the filter\n",
    });
    const wrong = await ask("activations", "list", "tsk:things");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("task");
    expect((await ask("activations", "list", "--limit", "0")).code).toBe(2);
  });

  it("names brokers that are silent, prints the others' answers and ends with 4", async () => {
    const { code, out, err } = await operate(["act", "list", "--broker", `${silent},${address}`, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ partial: [silent], rows: [{ id: "a1" }, {}, {}, {}] });
    expect(err).toContain(`no answer from the broker at ${silent}`);
    expect(code).toBe(4);
  });

  it("ends with 1 when no broker answers", async () => {
    const { code, err } = await operate(["act", "list"], { TASKWIRE_BROKERS: silent });
    expect(err).toContain(`no answer from the broker at ${silent}`);
    expect(code).toBe(1);
  });
});

describe("taskwire activations show", () => {
  it("prints one activation, and its chain when it is asked for", async () => {
    const { code, out } = await ask("activations", "show", "a1", "--chain");
    expect(out).toMatch(/^id +a1\ntask +things\.quick\n/);
    expect(out).toContain("  1  a1  pending  (this one)");
    expect(code).toBe(0);
    expect((await json("act", "show", "a1")).document).toMatchObject({ broker: address, activation: { id: "a1" } });
  });

  it("ends with 3 when it is not in flight, and asks for a reason to reveal", async () => {
    const missing = await ask("activations", "show", "none");
    expect(missing).toMatchObject({ code: 3, out: "", err: expect.stringContaining("none is not in flight here") });
    expect(await ask("act", "show", "a1", "--reveal")).toMatchObject({
      code: 2,
      err: expect.stringContaining("reason"),
    });
    expect((await ask("act", "show", "a1", "--reveal", "--reason", "ticket 4711")).code).toBe(0);
  });
});

describe("taskwire jobs", () => {
  it("says that there are none with 3, and refuses an unknown one", async () => {
    expect(await ask("jobs", "list")).toEqual({ code: 3, out: "", err: "no job has run in the last hour\n" });
    expect(await ask("jobs", "list", "--json", "--quiet")).toMatchObject({
      code: 3,
      out: '{"jobs":[],"partial":[]}\n',
      err: "",
    });
    expect(await ask("jobs", "cancel", "nothing")).toMatchObject({
      code: 3,
      err: expect.stringContaining("no job nothing here"),
    });
  });
});

describe("taskwire audit", () => {
  it("prints who did what, the newest first, without what was revealed", async () => {
    await ask("act", "show", "a2", "--reveal", "--reason", "audit test");
    const { code, document } = await json("audit", "reveal", "--limit", "2");
    expect(document.rows).toMatchObject([
      { kind: "result", verb: "Reveal" },
      { kind: "intent", verb: "Reveal", role: "reveal", reason: "audit test", request: { id: "a2" } },
    ]);
    expect(code).toBe(0);
    expect((await ask("audit", "reveal")).out).toContain("because: audit test");
  });
});

describe("taskwire dead-letters", () => {
  it("says that none is there with 3, and refuses a wrong place with 2", async () => {
    expect(await ask("dead-letters", "list")).toMatchObject({
      code: 3,
      out: "",
      err: expect.stringContaining("no dead letter matches"),
    });
    expect((await ask("dlq", "show", "nowhere")).code).toBe(2);
    expect((await ask("dlq", "show", "work-dlq/0/9")).code).toBe(3);
    expect((await ask("dlq", "replay")).code).toBe(2);
    expect((await ask("dlq", "export")).code).toBe(3);
    expect((await ask("dlq", "purge", "--task", "none", "--dry-run")).code).toBe(3);
  });
});

describe("taskwire tasks", () => {
  it("lists what is in flight by task, and shows one", async () => {
    const { code, out } = await ask("tasks", "list");
    expect(out).toMatch(/things\.quick +things +3 /);
    expect(code).toBe(0);
    expect((await json("tasks", "list")).document.tasks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ task: expect.stringContaining("others."), pending: 1 }),
        expect.objectContaining({
          task: "things.quick",
          namespace: "things",
          application: "test",
          declared: false,
          pending: 3,
          unclaimed: 3,
        }),
      ]),
    );
    expect((await ask("tasks", "show", "things.quick")).out).toMatch(/^task +things\.quick\n/);
    expect(await ask("tasks", "show", "none")).toMatchObject({
      code: 1,
      err: expect.stringContaining('unknown task "none"'),
    });
  });
});

describe("taskwire top", () => {
  it("prints one frame without a terminal", async () => {
    const { code, out } = await ask("top", "--sort", "oldest");
    expect(out).toMatch(/^test\/default {2}sorted by oldest\n4 pending, 0 processing/);
    expect(out).toMatch(/things\.quick +things +3 /);
    expect(code).toBe(0);
    expect((await json("top")).document.tasks[0]).toMatchObject({ task: "things.quick", pending: 3 });
    expect((await ask("top", "--sort", "colour")).code).toBe(2);
  });
});

describe("commands of operators with secrets", () => {
  it("look with the secret of workers, and change only with one of operators", async () => {
    await using guarded = new LocalBroker();
    const security = { secrets: new Secrets(["worker"]), operationSecrets: new Secrets(["operator"]) };
    const broker = await guarded.start({ listen: "127.0.0.1:0", security });
    const as = (variables: NodeJS.ProcessEnv, ...args: string[]) =>
      operate([...args, "--broker", broker.address ?? ""], variables);
    const worker = { TASKWIRE_SECRETS: '["worker"]' };
    const operator = { TASKWIRE_OPERATION_SECRETS: '["operator"]' };
    const pause = ["pause", "--topic", "work", "--yes"];
    expect((await as({}, "controls")).code).toBe(1);
    expect((await as(worker, "controls")).code).toBe(3);
    expect((await as(operator, "controls")).code).toBe(3);
    expect(await as(worker, ...pause)).toMatchObject({
      code: 1,
      err: expect.stringContaining("TASKWIRE_OPERATION_SECRETS"),
    });
    expect((await as({ ...worker, TASKWIRE_OPERATION_SECRETS: '["wrong"]' }, ...pause)).code).toBe(1);
    expect((await as({ ...worker, ...operator }, ...pause)).code).toBe(0);
    expect((await as({ TASKWIRE_OPERATION_SECRETS: "{}" }, "controls")).err).toContain(
      "TASKWIRE_OPERATION_SECRETS: it is not a list",
    );
  });
});

describe("taskwire status with a filter, and of several brokers", () => {
  it("shows only the tasks that are meant, in one line with --short", async () => {
    expect(await ask("status", "--short")).toMatchObject({
      code: 0,
      out: "test/default: ready, 4 pending, 0 delayed, 0 processing, 0 retry, 0 failure, 0 parked\n",
    });
    expect((await ask("status", "--short", "--filter", "ns:things")).out).toContain(" 3 pending,");
    expect((await json("status", "--filter", "task:things.*")).document.tasks).toMatchObject([
      { task: "things.quick" },
    ]);
    expect((await ask("status", "--filter", "task:others.*")).out).not.toContain("things.quick");
    expect((await ask("status", "--filter", "reason:error")).code).toBe(2);
  });

  it("asks the brokers of TASKWIRE_BROKERS, names those that are silent and ends with 4", async () => {
    const both = { TASKWIRE_BROKERS: `${silent},${address}` };
    const { code, out, err } = await operate(["status", "--short"], both);
    expect(out).toMatch(new RegExp(`^${address}  test/default: ready, 4 pending`));
    expect(err).toContain(`warning: no answer from the broker at ${silent}`);
    expect(code).toBe(4);
    expect(JSON.parse((await operate(["status", "--json"], both)).out)).toMatchObject({
      broker: address,
      status: { counts: { pending: 4 } },
    });
    expect((await operate(["status"], both)).out).toContain(`broker ${address}\n`);
    expect((await operate(["status"], { TASKWIRE_BROKERS: silent })).code).toBe(1);
  });
});
