import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { alive } from "../../support/processes/operating-system.js";
import { activation } from "./fake-broker.js";
import { eventually, files, fixture, outcome, start } from "./support.js";

const pidOf = (line: string | undefined): number => Number(line?.split(" ")[0]);

describe("a child that does not answer", () => {
  it("is killed after the deadline of an endless loop, and the next task runs", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    const { log, lines } = files();
    const loop = broker.add("t.loop", { log }, { deadline: 300 });
    await eventually(() => expect(lines()).toHaveLength(1));
    const next = broker.add("t.echo");
    expect(await outcome(broker, loop)).toMatchObject({ kind: "failure", reason: "deadline_exceeded" });
    expect(await outcome(broker, next)).toMatchObject({ kind: "complete" });
    expect(alive(pidOf(lines()[0]))).toBe(false);
    expect(worker.stats().children.pids).toHaveLength(1);
  });

  it("takes its other runs along: they run again elsewhere, or fail when they may start only once", async () => {
    const { broker } = await start({ concurrency: 3 });
    const { log, gate, lines, open } = files();
    const again = broker.add("t.gated", { log, gate });
    const single = broker.add("t.gated_once", { log, gate }, { atMostOnce: true });
    await eventually(() => expect(lines()).toHaveLength(2));
    const loop = broker.add("t.loop", {}, { deadline: 200 });
    expect(await outcome(broker, loop)).toMatchObject({ reason: "deadline_exceeded" });
    expect(await outcome(broker, single)).toMatchObject({ kind: "failure", reason: "worker_lost" });
    await eventually(() => expect(lines().filter((line) => line.includes(again))).toHaveLength(2));
    open();
    expect(await outcome(broker, again)).toMatchObject({ kind: "complete" });
    expect(lines().filter((line) => line.includes(single))).toHaveLength(1);
  });
});

describe("a child that ends", () => {
  it("by process.exit is an error of the run that called it, whatever else runs", async () => {
    const { broker, worker } = await start({ concurrency: 2 });
    const { log, gate, lines, open } = files();
    const other = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    const exits = broker.add("t.exit");
    expect(await outcome(broker, exits)).toMatchObject({
      kind: "retry",
      error: expect.stringMatching(/^ChildExited: .*exit code 3/),
    });
    open();
    expect(await outcome(broker, other)).toMatchObject({ kind: "complete" });
    expect(worker.stats()).toMatchObject({ reruns: 1, children: { deaths: 1 } });
  });

  it("by a crash is an error of its only run", async () => {
    const { broker } = await start({ concurrency: 1 });
    expect(await outcome(broker, broker.add("t.crash"))).toMatchObject({
      kind: "retry",
      error: expect.stringContaining("SIGSEGV"),
    });
  });

  it("by crashes among several runs: they end up alone, so that only the guilty one fails", async () => {
    const { broker } = await start({ concurrency: 2 });
    const { log, gate, lines, open } = files();
    const innocent = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    const guilty = broker.add("t.crash");
    expect(await outcome(broker, guilty)).toMatchObject({
      kind: "retry",
      error: expect.stringContaining("ChildExited"),
    });
    open();
    expect(await outcome(broker, innocent)).toMatchObject({ kind: "complete" });
  });

  it("by kill -9 runs its work again, and fails what may start only once", async () => {
    const { broker, worker } = await start({ concurrency: 2 });
    const { log, gate, lines, open } = files();
    const again = broker.add("t.gated", { log, gate });
    const single = broker.add("t.gated_once", { log, gate }, { atMostOnce: true });
    await eventually(() => expect(lines()).toHaveLength(2));
    process.kill(pidOf(lines()[0]), "SIGKILL");
    expect(await outcome(broker, single)).toMatchObject({ kind: "failure", reason: "worker_lost" });
    await eventually(() => expect(lines()).toHaveLength(3));
    open();
    expect(await outcome(broker, again)).toMatchObject({ kind: "complete" });
    expect(worker.stats().reruns).toBe(1);
  });

  it("by kill -9 during every run fails the run in the end", async () => {
    const { broker } = await start({ concurrency: 1 });
    const { log, gate, lines } = files();
    const id = broker.add("t.gated", { log, gate });
    for (let kills = 1; kills <= 4; kills += 1) {
      await eventually(() => expect(lines()).toHaveLength(kills));
      process.kill(pidOf(lines()[kills - 1]), "SIGKILL");
    }
    expect(await outcome(broker, id)).toMatchObject({ kind: "failure", reason: "worker_lost" });
    expect(lines()).toHaveLength(4);
  });
});

describe("a child alone with a suspect", () => {
  it("ends when nothing is suspect any more, also when its handler continues", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    const { log, gate, lines } = files();
    const id = broker.add("t.gated", { log, gate }, { deadline: 1000 });
    for (let kills = 1; kills <= 2; kills += 1) {
      await eventually(() => expect(lines()).toHaveLength(kills));
      process.kill(pidOf(lines()[kills - 1]), "SIGKILL");
    }
    expect(await outcome(broker, id)).toMatchObject({ kind: "failure", reason: "deadline_exceeded" });
    expect(lines()).toHaveLength(3);
    await eventually(() => {
      const { pids } = worker.stats().children;
      expect({ count: pids.length, alone: pids.includes(pidOf(lines()[2])) }).toEqual({ count: 1, alone: false });
    });
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
  });
});

describe("a child whose handler misbehaves", () => {
  it("is replaced when a handler ignores its deadline", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    const [before] = worker.stats().children.pids;
    await outcome(broker, broker.add("t.hang", {}, { deadline: 50 }));
    await eventually(() => {
      const { pids, recycled } = worker.stats().children;
      expect({ recycled, left: pids.includes(before ?? 0), count: pids.length }).toEqual({
        recycled: 1,
        left: false,
        count: 1,
      });
    });
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
  });

  it("fails only the run whose code threw outside of its promise, and is replaced", async () => {
    const { broker, worker } = await start({ concurrency: 2 });
    const { log, gate, lines, open } = files();
    const other = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    const throws = broker.add("t.throws_outside");
    expect(await outcome(broker, throws)).toMatchObject({
      kind: "failure",
      error: expect.stringMatching(/^RangeError: outside\n/),
    });
    open();
    expect(await outcome(broker, other)).toMatchObject({ kind: "complete" });
    await eventually(() => expect(worker.stats().children).toMatchObject({ deaths: 0, recycled: 1 }));
    expect(lines()).toHaveLength(1);
  });

  it("receives no signal of the terminal", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    for (const pid of worker.stats().children.pids) {
      process.kill(pid, "SIGINT");
      process.kill(pid, "SIGTERM");
    }
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
    expect(worker.stats().children.deaths).toBe(0);
  });
});

describe("a child whose handler takes hold of its process", () => {
  it.each([
    "removes every listener, also its own",
    "closes Node's channel to its parent",
    "ends standard output",
    "replaces timers and process.exit",
    "deletes the environment and goes to another folder",
  ])("and %s continues with its work", async (how) => {
    const { broker, worker } = await start({ concurrency: 1 });
    const { pids } = worker.stats().children;
    expect(await outcome(broker, broker.add("t.takes_hold", { how }))).toMatchObject({ kind: "complete" });
    for (const pid of pids) process.kill(pid, "SIGTERM");
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
    expect(await outcome(broker, broker.add("t.hang", {}, { deadline: 50 }))).toMatchObject({ kind: "retry" });
  });

  it.each(["makes it deaf to its orders", "closes its pipes"])(
    "and %s is replaced, and what it was given runs elsewhere",
    async (how) => {
      const { broker, worker } = await start({ concurrency: 1 });
      const { pids } = worker.stats().children;
      broker.add("t.takes_hold", { how });
      expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
      await eventually(() => expect(pids.filter(alive)).toEqual([]));
    },
  );
});

describe("a program that a handler started", () => {
  it.each([
    ["its deadline", "spin"],
    ["its exit", "exit"],
    ["its end in order", "return"],
  ])("ends with the handler's child at %s", async (_, how) => {
    const { broker, worker } = await start({ concurrency: 1 });
    const { log, lines } = files();
    const id = broker.add("t.starts_program", { log, how }, { deadline: 1000 });
    await outcome(broker, id);
    if (how === "return") await worker.stop();
    const program = pidOf(lines()[0]);
    expect(program).toBeGreaterThan(1);
    await eventually(() => expect(alive(program)).toBe(false));
  });
});

describe("work behind a handler that blocks its process", () => {
  it("runs once, also what may start only once, when every child was blocked and one continues", async () => {
    const { broker } = await start({ concurrency: 4, children: 2 });
    const { log, gate, lines, open } = files();
    // One a child, and one more that one of them holds back until the gate opens.
    const blocking = [1, 2].map(() => broker.add("t.blocks_until", { log, gate }));
    await eventually(() => expect(new Set(lines()).size).toBe(2));
    const behind = [false, true].map((atMostOnce) => broker.add("t.echo", { log: `${log}.2` }, { atMostOnce }));
    // Both children are blocked: nobody can run it.
    open();
    for (const id of [...blocking, ...behind]) expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
  });

  it("moves while the handler continues", async () => {
    const { broker } = await start({ concurrency: 8, children: 2 });
    const { log, gate, lines, open } = files();
    const blocking = broker.add("t.blocks_until", { log: `${log}.1`, gate });
    const behind = Array.from({ length: 7 }, (_, n) => broker.add("t.echo", { log }, { atMostOnce: n % 2 === 0 }));
    for (const id of behind) expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
    expect(broker.outcomes.has(blocking)).toBe(false);
    open();
    expect(await outcome(broker, blocking)).toMatchObject({ kind: "complete" });
    // What the blocked child finds when it goes on is not its own any more.
    const last = broker.add("t.echo", { log });
    await outcome(broker, last);
    const runs = lines().map((line) => line.split(" ")[1]);
    expect(runs.toSorted()).toEqual([...behind, last].toSorted());
  });
});

describe("a supervisor killed by kill -9", () => {
  it("leaves no child, not even one in an endless loop", async () => {
    const work = activation("t.loop", {});
    const supervisor = spawn(
      process.execPath,
      [fixture("supervisor.mjs"), fixture("handlers.mjs"), Buffer.from(work.activation).toString("base64")],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    supervisor.stdout.on("data", (text: Buffer) => {
      output += text.toString();
    });
    try {
      await eventually(() => expect(output).toContain("started"));
      const pids = await eventually(async () => {
        const found = await childrenOf(supervisor.pid ?? 0);
        expect(found).toHaveLength(2);
        return found;
      });
      supervisor.kill("SIGKILL");
      await once(supervisor, "close");
      await eventually(() => expect(pids.filter(alive)).toEqual([]));
    } finally {
      supervisor.kill("SIGKILL");
    }
  });
});

function childrenOf(pid: number): Promise<number[]> {
  return new Promise((resolve) => {
    execFile("ps", ["-o", "pid=", "--ppid", String(pid)], (_error, text) => {
      resolve(
        text
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map(Number),
      );
    });
  });
}

it("a worker that runs out of descriptors names the limit, and continues when there are some again", async () => {
  const script = 'ulimit -n 200; exec "$0" "$@"';
  const worker = spawn(
    "bash",
    ["-c", script, process.execPath, fixture("no-descriptors.mjs"), fixture("handlers.mjs")],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  worker.stdout.on("data", (text: Buffer) => {
    said += text.toString();
  });
  try {
    await once(worker, "close");
    const limit =
      "could not be started: spawn .* EMFILE \\(this process has reached its limit of open files .*raise `ulimit -n`\\)";
    expect(said).toMatch(new RegExp(`^refused: .*${limit}`));
    expect(said).toMatch(new RegExp(`\nnot replaced: ${limit}\nreplaced\n$`));
  } finally {
    worker.kill("SIGKILL");
  }
});
