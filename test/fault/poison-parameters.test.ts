import { execFile } from "node:child_process";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import { type Client, connect } from "taskwire";
import { afterEach, describe, expect, it } from "vitest";
import type { Activation } from "#runtime/activation/activation.js";
import type { WireParameters } from "#runtime/activation/parameters.js";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment, things } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { activationBytes, append, readTopic } from "../support/records.js";
import { until } from "../support/waiting.js";
import { HOSTILE_PARAMETERS } from "./fixtures/hostile-parameters.js";

const BUILT = join(import.meta.dirname, "../../dist/test");
const HANDLERS = join(BUILT, "integration/fixtures/handlers.js");
const MIB = 1024 * 1024;

/** Runs a built module with Node's flags; what it said, and how it ended. */
function node(flags: readonly string[], module: string): Promise<{ code: number | string; said: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, join(BUILT, "fault/fixtures", module)],
      { maxBuffer: 8 * MIB },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : (error.code ?? "killed"), said: stdout + stderr }),
    );
  });
}

const SMALL_HEAP = "--max-old-space-size=256";

let harness: ProcessHarness | undefined;
let client: Client | undefined;

afterEach(async () => {
  await client?.close();
  await harness?.[Symbol.asyncDispose]();
  client = undefined;
  harness = undefined;
});

async function start(nodeOptions: string): Promise<ProcessHarness> {
  const variables: NodeJS.ProcessEnv = { NODE_OPTIONS: nodeOptions };
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  client = await connect(environment, { dataFolder: harness.data });
  await harness.broker();
  await harness.worker("--concurrency", "4", "--children", "1");
  return harness;
}

const ended = (harness: ProcessHarness, count: number) =>
  until(async () => {
    const { ended } = await harness.status();
    return Object.values(ended).reduce((sum, each) => sum + each, 0) >= count && ended;
  });

function carrying({ bytes, compressed, json }: WireParameters): Partial<Activation> {
  return {
    parameters: bytes,
    headers: compressed ? new Map([["compression-type", "zstd"]]) : new Map(),
    ...(json === undefined ? {} : { legacyParameters: json }),
  };
}

describe("hostile parameters", () => {
  it("are refused as bad parameters in a heap of 256 MiB, without the memory they ask for", async () => {
    const { code, said } = await node([SMALL_HEAP], "read-hostile-parameters.js");
    expect(code, said).toBe(0);
    const lines = said
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const last = lines.pop();
    expect(lines.map(({ name }) => name)).toEqual(HOSTILE_PARAMETERS.map(([name]) => name));
    for (const line of lines) expect(line).toMatchObject({ outcome: "bad_parameters", after: "read" });
    expect(last.grown).toBeLessThan(80 * MIB);
  });

  it("end as dead letters, once each; the child that read them continues", async () => {
    const harness = await start(SMALL_HEAP);
    await things.quick.delay({ n: 1 });
    await ended(harness, 1);
    // A retry would be of no use: the activation allows five, and gets none.
    const retry = { attempts: 0, maxAttempts: 5, onExceeded: "discard", atMostOnce: false, delay: undefined } as const;
    await append(
      harness,
      "work",
      HOSTILE_PARAMETERS.map(([, wire]) => ({ value: activationBytes({ ...carrying(wire), retry }) })),
    );
    expect(await ended(harness, 1 + HOSTILE_PARAMETERS.length)).toMatchObject({
      completed: 1,
      deadlettered: HOSTILE_PARAMETERS.length,
      retried: 0,
    });
    await things.quick.delay({ n: 2 });
    await ended(harness, 2 + HOSTILE_PARAMETERS.length);
    const deadLetters = await readTopic(harness, "work-dlq", HOSTILE_PARAMETERS.length);
    expect(new Set(deadLetters.map(({ headers }) => headers?.["taskwire-reason"]))).toEqual(
      new Set(["bad_parameters"]),
    );
    expect(new Set(deadLetters.map(({ headers }) => headers?.["taskwire-attempts"]))).toEqual(new Set(["1"]));
    const ends = history(harness.data).filter(({ what }) => what === "end");
    expect(ends.map(({ n }) => n)).toEqual([1, 2]);
    expect(new Set(ends.map(({ pid }) => pid)).size).toBe(1);
  });
});

describe("names that mean something to JavaScript", () => {
  it.each([[[]], [["--disable-proto=delete"]], [["--disable-proto=throw"]]])(
    "are own data or refused in parameters and headers, with the flags %j",
    async (flags) => {
      const { code, said } = await node(flags, "read-prototypes.js");
      expect(code, said).toBe(0);
      expect(said).toMatch(/^\d{2} checks\n/m);
    },
  );

  it("travel through broker and worker with --disable-proto=delete", async () => {
    const harness = await start("--disable-proto=delete");
    const headers = Object.fromEntries([
      ["__proto__", "polluted"],
      ["constructor", "polluted"],
    ]);
    await things.quick.delay({ n: 1 }, { headers });
    const kwargs = JSON.parse('{"n":2,"__proto__":{"polluted":1}}');
    await append(harness, "work", [{ value: activationBytes({ parameters: encode({ args: [], kwargs }) }), headers }]);
    expect(await ended(harness, 2)).toMatchObject({ completed: 1, deadlettered: 1 });
    const [deadLetter] = await readTopic(harness, "work-dlq", 1);
    expect(deadLetter?.headers).toMatchObject({
      "taskwire-reason": "bad_parameters",
      "taskwire-error": expect.stringContaining("__proto__"),
    });
  });
});
