import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { type Running, run } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { lines } from "../support/processes/processes.js";
import { activationBytes, append } from "../support/records.js";
import { until } from "../support/waiting.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
let harness: ProcessHarness;
const started: Running[] = [];

beforeEach(() => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
});

afterEach(async () => {
  for (const running of started.splice(0)) await running.kill();
  await harness[Symbol.asyncDispose]();
});

function begin(...args: string[]): Running {
  const running = run(args);
  started.push(running);
  return running;
}

const ended = async ({ child, ended: end }: Running) => {
  await end;
  return child.exitCode ?? child.signalCode;
};

describe("a stop signal before the start is over", () => {
  it("ends a worker whose handlers module is still loading, with exit code 0 and a line", async () => {
    const module = join(harness.data, "slow.mjs");
    writeFileSync(module, 'console.log("loading"); await new Promise(() => setInterval(() => {}, 1000));');
    const worker = begin("worker", "--handlers", module, "--data", harness.data);
    await until(() => worker.said().includes("loading"));
    worker.child.kill("SIGTERM");
    expect(await ended(worker)).toBe(0);
    expect(worker.said()).toContain("worker is stopping before it is ready");
  });

  it("ends dev while its handlers module is still loading, and its broker in order", async () => {
    const module = join(harness.data, "slow.mjs");
    writeFileSync(module, 'console.log("loading"); await new Promise(() => setInterval(() => {}, 1000));');
    const ports = ["--listen", await harness.address(), "--http", "127.0.0.1:0"];
    const dev = begin(
      "dev",
      "--handlers",
      module,
      "--env",
      "test",
      "--model",
      harness.model,
      "--data",
      harness.data,
      ...ports,
    );
    await until(() => dev.said().includes("loading"));
    dev.child.kill("SIGINT");
    expect(await ended(dev)).toBe(0);
  });

  describe("with a Kafka that takes connections and answers nothing", () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket.on("error", () => {})));
    let kafka: ProcessHarness;

    beforeEach(async () => {
      const port = await freePort();
      await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", () => resolve()));
      const [topic] = environment.topics;
      kafka = new ProcessHarness(
        {
          ...environment,
          clusters: [{ name: "k", kind: "kafka", brokers: [`127.0.0.1:${port}`], tls: false }],
          topics: topic === undefined ? [] : [{ ...topic, cluster: "k" }],
        },
        HANDLERS,
      );
    });

    afterEach(async () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await new Promise((resolve) => silent.close(resolve));
      await kafka[Symbol.asyncDispose]();
    });

    const common = () => ["--env", "test", "--model", kafka.model];

    it.each([
      [
        "broker",
        ["--data", "DATA", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        0,
        "broker is stopping before",
      ],
      ["topics", [], 143, "SIGTERM: stopped before the cluster answered"],
      ["topics", ["--create"], 143, "some topics may have been created"],
    ] as const)("ends %s with the right exit code and a line", async (command, flags, code, line) => {
      const own = flags.map((flag) => (flag === "DATA" ? kafka.data : flag));
      const running = begin(command, ...common(), ...own);
      await until(() => sockets.size > 0 || running.child.exitCode !== null);
      running.child.kill("SIGTERM");
      expect(await ended(running)).toBe(code);
      expect(running.said()).toContain(line);
    });

    it("ends status with the right exit code and a line", async () => {
      const address = silent.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const running = begin("status", "--broker", `127.0.0.1:${port}`);
      await until(() => sockets.size > 0);
      running.child.kill("SIGINT");
      expect(await ended(running)).toBe(130);
      expect(running.said()).toContain(`SIGINT: stopped before the broker at 127.0.0.1:${port} answered`);
    });
  });
});

describe("Ctrl-C while handlers run", () => {
  it("says once what is waited for and how long, and drains though a package manager sends SIGTERM after SIGINT", async () => {
    await harness.broker();
    const worker = await harness.worker("--children", "1", "--drain-grace", "50s");
    await append(harness, "work", [{ value: activationBytes({ task: "things.slow", n: 7, id: "the-run" }) }]);
    await until(() => history(harness.data).some(({ what }) => what === "start"));
    worker.child.kill("SIGINT");
    worker.child.kill("SIGTERM");
    await until(() => worker.said().includes("waiting for running handlers"));
    writeFileSync(join(harness.data, "release"), "");
    await worker.ended;
    expect(worker.child.exitCode).toBe(0);
    const waits = lines(worker.said()).filter(({ message }) => message === "waiting for running handlers to finish");
    expect(waits).toMatchObject([{ running: 1, upTo: "50 s", runs: ["things.slow the-run"] }]);
    await until(async () => (await harness.status()).ended.completed === 1);
  });
});

describe("a log that nobody reads any more", () => {
  it("ends neither broker nor worker, whose handlers continue to run and to write", async () => {
    const broker = await harness.broker();
    const worker = await harness.worker("--children", "1");
    for (const { child } of [broker, worker]) {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
    // A dead letter is a line of each of them.
    const tasks = ["things.doomed", "things.quick", "things.doomed", "things.quick"];
    await append(
      harness,
      "work",
      tasks.map((task, n) => ({ value: activationBytes({ task, n }) })),
    );
    await until(async () => (await harness.status()).ended.completed === 2);
    await until(async () => Object.values((await harness.status()).counts).every((count) => count === 0));
    expect([await worker.stop(), await broker.stop()]).toEqual([0, 0]);
  });
});
