import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import { pythonWith } from "./python.js";

const APPLICATION = fileURLToPath(new URL("taskwire_interop.py", import.meta.url));
const FILE_VARIABLE = "TASKWIRE_INTEROP_FILE";
const COUNT = 5;

const python = await pythonWith("taskbroker-client==0.20.30");
const why = python.kind === "absent" ? ` (skipped: no Python with taskbroker-client: ${python.reason})` : "";

interface Note {
  readonly task: string;
  readonly number?: number;
  readonly attempt?: number;
  readonly sum?: number;
  readonly text?: string;
}

describe.skipIf(python.kind === "absent")(`taskbroker-client 0.20.30, as it is${why}`, () => {
  it("produces what the broker reads, and its pull worker runs it: retries, dead letters, at most once", async () => {
    if (python.kind === "absent") return;
    await using harness = await BrokerHarness.start();
    const file = join(harness.data, "notes");
    const env = { ...process.env, [FILE_VARIABLE]: file };
    const produced = await promisify(execFile)(python.executable, [APPLICATION, "produce", String(COUNT)], { env });
    const activations = produced.stdout.trim().split("\n");
    expect(activations).toHaveLength(4 * COUNT);
    await harness.append(...activations.map((hex) => Buffer.from(hex, "hex")));

    const worker = spawn(python.executable, [APPLICATION, "pull", harness.address], { env, stdio: "ignore" });
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    try {
      // A flaky one runs three times and a doomed one twice.
      const ends = { completed: 3 * COUNT, retried: 3 * COUNT, deadlettered: COUNT };
      await until(async () => {
        const { ended } = await harness.status();
        return ended.completed === ends.completed && ended.deadlettered === ends.deadlettered;
      });
      expect((await harness.status()).ended).toMatchObject({ ...ends, discarded: 0, expired: 0 });
    } finally {
      worker.kill("SIGTERM");
      await exited;
    }
    const notes: Note[] = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const of = (task: string) =>
      notes.filter((note) => note.task === task).sort((a, b) => (a.number ?? a.sum ?? 0) - (b.number ?? b.sum ?? 0));
    const numbers = Array.from({ length: COUNT }, (_, number) => number);
    expect(of("add")).toEqual(
      numbers.map((number) => ({ task: "add", sum: number + 2 ** 40, text: "ä".repeat(number) })),
    );
    expect(of("flaky")).toEqual(
      numbers.flatMap((number) => [0, 1, 2].map((attempt) => ({ task: "flaky", number, attempt }))),
    );
    expect(of("doomed")).toEqual(numbers.flatMap((number) => [1, 2].map(() => ({ task: "doomed", number }))));
    expect(of("once")).toEqual(numbers.map((number) => ({ task: "once", number })));
    const deadLetters = await harness.deadLetters(COUNT);
    expect(new Set(deadLetters.map(({ headers }) => headers?.["taskwire-topic"]))).toEqual(new Set(["work"]));
    expect((await harness.status()).counts).toMatchObject({ pending: 0, processing: 0, delayed: 0, parked: 0 });
  }, 180_000);
});
