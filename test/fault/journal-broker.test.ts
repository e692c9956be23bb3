import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment, things } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome, type Running } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
const PRLIMIT = spawnSync("prlimit", ["--version"]).status === 0;
const FREE = "unlimited";

let harness: ProcessHarness;
let client: Client;

beforeEach(async () => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  client = await connect(environment, { dataFolder: harness.data });
});

afterEach(async () => {
  await client.close();
  await harness[Symbol.asyncDispose]();
});

const journalFile = () => join(harness.data, "default.inflight.db");
const range = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const times = (text: string, part: string) => text.split(part).length - 1;

/** Sends later work, lets the broker take it to disk, and ends that in peace. */
async function storeDelayed(count: number): Promise<void> {
  const ids = await things.quick.delayMany(range(count), { countdown: "1h", headers: { pad: "victim".repeat(30) } });
  expect(ids).toHaveLength(count);
  const broker = await harness.broker();
  await until(async () => (await harness.status()).counts.delayed === count);
  expect(await broker.stop()).toBe(0);
}

/** Flips one bit of one payload in the file, which only its checksum shows. */
function flipPayload(): void {
  const bytes = readFileSync(journalFile());
  const at = bytes.lastIndexOf("victimvictim");
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  writeFileSync(journalFile(), bytes);
}

/** Limits the size of the process's files to this number of bytes. */
function limitFiles({ pid }: Running, bytes: number | typeof FREE): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
  expect([status, stderr.toString()]).toEqual([0, ""]);
}

describe("taskwire broker", () => {
  it("is refused an in-flight file that another one holds, which it names", async () => {
    const first = await harness.broker();
    const address = `127.0.0.1:${await freePort()}`;
    const flags = ["--model", harness.model, "--env", "test", "--data", harness.data, "--listen", address];
    const { code, said } = await outcome(["broker", ...flags]);
    expect(said).toContain(
      `the in-flight file ${journalFile()} is held by another broker; stop that one, or start this one with another --pool or --data DIR`,
    );
    expect(code).toBe(1);
    expect(first.child.exitCode).toBeNull();
    expect((await harness.status()).pool).toBe("default");
  });

  it.each(["broker", "dev"] as const)(
    "started as %s rebuilds a damaged in-flight file and serves on, in the same process",
    async (command) => {
      await storeDelayed(40);
      flipPayload();
      const running = command === "dev" ? await harness.dev() : await harness.broker();
      await until(() => times(running.said(), "broker is ready") === 2);
      expect(running.said()).toContain("the in-flight file is damaged; restarting the broker, which rebuilds it");
      expect(running.said()).toMatch(/the row of activation \w{32} \(work\/0 offset \d+\) fails its checksum/);
      expect(running.said()).toContain("the in-flight file was damaged and is rebuilt");
      expect(readdirSync(join(harness.data, "quarantine")).filter((name) => name.endsWith(".db"))).toEqual([
        expect.stringMatching(/^default\.inflight\.\d{8}T\d{6}Z\.db$/),
      ]);
      if (command === "broker") await harness.worker();
      await things.quick.delayMany(range(20));
      await until(() => history(harness.data).filter(({ what }) => what === "end").length >= 20);
      // The lost one was read from the log again.
      await until(async () => (await harness.status()).counts.delayed === 40);
      expect(running.child.exitCode).toBeNull();
      expect(await running.stop()).toBe(0);
    },
  );

  it("never runs at-most-once work again whose claim was in the damaged end of the write-ahead log", async () => {
    const broker = await harness.broker();
    const worker = await harness.worker();
    await things.quick.delayMany(range(20), { countdown: "1h" });
    await until(async () => (await harness.status()).counts.delayed === 20);
    await things.slowOnce.delayMany(range(5));
    const starts = () => history(harness.data).filter(({ task, what }) => task === "slowOnce" && what === "start");
    await until(() => starts().length === 5);
    await broker.kill();
    await worker.kill();
    // The claims are the last rows that were written; what is behind them says nothing of them.
    const wal = readFileSync(`${journalFile()}-wal`);
    const at = wal.lastIndexOf("things.slow_once");
    wal.writeUInt8(wal.readUInt8(at) ^ 1, at);
    writeFileSync(`${journalFile()}-wal`, wal);

    const again = await harness.broker();
    expect(again.said()).toMatch(/its last commit is number \d+, but \d+ were made/);
    await harness.worker();
    await until(async () => {
      const { ended, counts } = await harness.status();
      const over = Object.values(ended).reduce((sum, count) => sum + count, 0);
      return over === 5 && counts.delayed === 20 && counts.processing === 0 && counts.pending === 0;
    });
    expect((await harness.status()).ended.completed).toBe(0);
    expect(starts()).toHaveLength(5);
  });

  it.skipIf(!PRLIMIT)(
    "waits while its files may not grow and continues alone: nothing is lost (needs prlimit)",
    async () => {
      const broker = await harness.broker();
      await harness.worker();
      limitFiles(broker, 2 * 1024 * 1024);
      const later = { countdown: "1h", headers: { pad: "x".repeat(1500) } } as const;
      const sent = things.quick.delayMany(range(4000), later);
      await until(() => broker.said().includes("the in-flight file takes no commits"));
      await sent;
      await things.quick.delayMany(range(30));
      expect(broker.child.exitCode).toBeNull();
      limitFiles(broker, FREE);
      await until(() => broker.said().includes("the in-flight file takes commits again"));
      await until(async () => {
        const { counts, ended } = await harness.status();
        return counts.delayed === 4000 && ended.completed === 30;
      });
      await broker.kill();
      const again = await harness.broker();
      // What was not acknowledged is read again.
      await until(async () => {
        const { delayed, pending, processing } = (await harness.status()).counts;
        return delayed === 4000 && pending === 0 && processing === 0;
      });
      expect(again.said()).not.toContain("damaged");
      expect(existsSync(join(harness.data, "quarantine"))).toBe(false);
    },
    120_000,
  );
});
