import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LogFields, Logger } from "#runtime/base/logger.js";
import { startWorker } from "#runtime/worker/worker.js";
import { FakeBroker } from "./fake-broker.js";
import { eventually, files, fixture, outcome, start } from "./support.js";

const MIB = 2 ** 20;
const pidOf = (line: string | undefined): number => Number(line?.split(" ")[0]);

describe("a child that is due for recycling", () => {
  it("by its number of runs is replaced: what runs in it ends there, and its replacement is ready before", async () => {
    const { broker, worker } = await start({ concurrency: 2, maxTasksPerChild: 3 });
    const { log, gate, lines, open } = files();
    const gated = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    const old = pidOf(lines()[0]);
    for (let index = 0; index < 2; index += 1) await outcome(broker, broker.add("t.echo"));
    await eventually(() => expect(worker.stats().children.recycled).toBe(1));
    expect(worker.stats().children.pids).toContain(old);
    await eventually(async () => {
      await outcome(broker, broker.add("t.echo", { log }));
      expect(pidOf(lines().at(-1))).not.toBe(old);
    });
    open();
    expect(await outcome(broker, gated)).toMatchObject({ kind: "complete" });
    await eventually(() => expect(worker.stats().children.pids).not.toContain(old));
    expect(worker.stats()).toMatchObject({ reruns: 0, children: { deaths: 0 } });
    expect(lines().filter((line) => line.endsWith(` ${gated}`))).toHaveLength(1);
  });

  it("by its memory is replaced", async () => {
    const { broker, worker } = await start({ concurrency: 1, maxChildMemory: 256 * MIB });
    const [old] = worker.stats().children.pids;
    await outcome(broker, broker.add("t.hoard", { bytes: 256 * MIB }));
    await eventually(() => {
      const { pids, recycled, deaths } = worker.stats().children;
      expect({ old: pids.includes(old ?? 0), recycled, deaths }).toEqual({ old: false, recycled: 1, deaths: 0 });
    });
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
  });

  it("before its first run is refused at the start, with what it needs", async () => {
    const sessions = [{ name: "fake", port: new FakeBroker() }];
    const options = {
      handlersModule: fixture("handlers.mjs"),
      sessions,
      concurrency: 1,
      isolation: "process",
    } as const;
    await expect(startWorker({ ...options, maxChildMemory: 30 * MIB })).rejects.toThrow(
      /uses \d+ MiB of memory before its first run, expected less than the 30 MiB of maxChildMemory/,
    );
  });

  it("reports its memory and its number of runs", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    await outcome(broker, broker.add("t.echo"));
    const { pids, list, crashLoop } = worker.stats().children;
    expect(list).toEqual([
      { pid: pids[0], rss: expect.any(Number), lag: expect.any(Number), tasks: 1, age: expect.any(Number) },
    ]);
    expect(list[0]?.rss).toBeGreaterThan(MIB);
    expect(crashLoop).toBeUndefined();
  });
});

describe("children that end again and again", () => {
  it("are started ever more slowly, reported once, and recover by themselves", async () => {
    const said: { level: string; message: string; fields: LogFields }[] = [];
    const say =
      (level: string) =>
      (message: string, fields: LogFields = {}) =>
        void said.push({ level, message, fields });
    const log: Logger = { debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") };
    const { gate: broken, open: breakIt } = files();
    const { broker, worker } = await start({
      handlersModule: fixture("breakable.mjs"),
      environment: { TASKWIRE_TEST_BROKEN: broken },
      concurrency: 1,
      log,
    });
    breakIt();
    const [pid] = worker.stats().children.pids;
    process.kill(pid ?? 0, "SIGKILL");
    const id = broker.add("t.echo");
    await eventually(() => expect(worker.stats().children.crashLoop?.deaths).toBeGreaterThan(5));
    expect(worker.stats().children.crashLoop?.cause).toContain("broken by an edit");
    const reports = said.filter(({ message }) => message.startsWith("crash loop"));
    expect(reports).toMatchObject([
      { level: "error", fields: { deaths: 5, last: expect.stringContaining("broken by an edit") } },
    ]);
    rmSync(broken);
    expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
    expect(worker.stats().children.crashLoop).toBeUndefined();
    expect(said.filter(({ message }) => message === "the crash loop is over")).toHaveLength(1);
  });

  it("because every run ends them are a loop too, and each run has its outcome", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    const ids = Array.from({ length: 6 }, () => broker.add("t.exit"));
    await eventually(() => expect(worker.stats().children.crashLoop?.deaths).toBeGreaterThanOrEqual(5));
    expect(worker.stats().children.crashLoop?.cause).toContain("exit code 3");
    for (const id of ids) expect(await outcome(broker, id)).toMatchObject({ kind: "retry" });
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
    expect(worker.stats().children.crashLoop).toBeUndefined();
  });
});

describe("a handler", () => {
  it("that sends messages of its own through the child's pipe harms nobody", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    expect(await outcome(broker, broker.add("t.sends"))).toMatchObject({ kind: "complete" });
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
    expect(worker.stats().children).toMatchObject({ deaths: 0, recycled: 0 });
  });

  it("that blocks its child after its run has it killed as soon as other work waits there", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    const { log, lines } = files();
    await outcome(broker, broker.add("t.blocks_later", { log }));
    await eventually(() => expect(lines()).toEqual(["blocked"]));
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
    expect(worker.stats().finished).toEqual({ complete: 2, retry: 0, failure: 0, cancelled: 0 });
  });
});

describe("limits of children", () => {
  it("are refused where there are none", async () => {
    const registry = { kind: "taskwire.registry", application: "test", tasks: new Map() } as const;
    const sessions = [{ name: "fake", port: new FakeBroker() }];
    await expect(
      startWorker({ registry, sessions, concurrency: 1, isolation: "none", maxTasksPerChild: 5 }),
    ).rejects.toThrow('expected no maxTasksPerChild with isolation "none", which has no children to replace');
  });
});
