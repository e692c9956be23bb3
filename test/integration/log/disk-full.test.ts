import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { text } from "../../conformance/log-support.js";
import { commitOf, LogHarness } from "./log-harness.js";

const APPENDER = fileURLToPath(new URL("full-appender.mjs", import.meta.url));
const MIB = 1024 ** 2;

interface Reported {
  readonly number: number;
  /** Code of the refusal; undefined: acknowledged. */
  readonly code?: string;
  readonly message?: string;
}

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const leading = (value: { readonly value: Uint8Array }) => Number.parseInt(text(value), 10);

describe("a full disk", () => {
  test("refuses appends by name, keeps what was acknowledged, and takes appends again when records were trimmed", async () => {
    const log = harness.open({ maxBytes: 2 * MIB });
    const acknowledged: number[] = [];
    const append = async (number: number) => {
      const value = Buffer.alloc(8192);
      value.write(String(number));
      await log.append("orders", [{ value }]);
      acknowledged.push(number);
    };
    const reading = harness.read(log);
    const { epoch } = await reading.assigned();
    let number = 0;
    const fill = async () => {
      for (;;) await append(number++);
    };
    await expect(fill()).rejects.toMatchObject({ code: "log_full", message: expect.stringContaining(harness.file) });
    expect(acknowledged.length).toBeGreaterThan(100);
    const taken = (await reading.take(acknowledged.length)).map(leading);
    expect(taken).toEqual(acknowledged);
    await reading.reader.commit([commitOf(epoch, taken.length)]);
    const before = acknowledged.length;
    await expect.poll(() => append(number++).then(() => acknowledged.length)).toBe(before + 1);
    expect((await reading.take(1)).map(leading)).toEqual(acknowledged.slice(-1));
  });

  test("is no obstacle to a scrub, whose space takes appends again, nor to a trim of topics without a reader", async () => {
    const log = harness.open({ maxBytes: 2 * MIB });
    let number = 0;
    const append = () => log.append("orders", [{ key: "k", value: Buffer.alloc(8192, `${number++} `) }]);
    const fill = async () => {
      for (;;) await append();
    };
    await expect(fill()).rejects.toMatchObject({ code: "log_full" });
    const { end } = await log.browse("orders", 0, 0, 1);
    const odd = Array.from({ length: Math.floor(end / 2) }, (_, index) => ({ partition: 0, offset: index * 2 + 1 }));
    await log.scrub("orders", odd);
    await append();
    const { records } = await log.browse("orders", 0, 0, 10);
    expect(records.map(({ offset, value }) => (value.length === 0 ? -1 : leading({ value }) - offset))).toEqual([
      0, -1, 0, -1, 0, -1, 0, -1, 0, -1,
    ]);
    await expect(fill()).rejects.toMatchObject({ code: "log_full" });
    await log.trim("orders", Date.now() + 60_000);
    const [bounds] = await log.partitions("orders");
    expect(bounds?.first).toBe(bounds?.end);
    await append();
  });

  // The limit of file sizes makes writes fail as a quota does; SIGXFSZ is ignored by Node.
  test("that fails in the middle of a write loses nothing acknowledged, and is used again when there is space", async (context) => {
    if (spawnSync("prlimit", ["--version"]).error !== undefined) context.skip("prlimit of util-linux is not here");
    const child = harness.track(
      spawn(
        "sh",
        [
          "-c",
          'ulimit -S -f 2048; exec "$0" "$@"',
          process.execPath,
          APPENDER,
          import.meta.resolve("#runtime/log/sqlite/log.js"),
          harness.file,
          "400",
        ],
        { stdio: ["ignore", "inherit", "inherit", "ipc"] },
      ),
    );
    const told: Reported[] = [];
    let refusals = 0;
    child.on("message", (message: Reported) => {
      told.push(message);
      if (message.code === undefined) return;
      refusals += 1;
      // Three refusals while there is no space, then the space is there.
      if (refusals === 3) execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]);
      child.send("go on");
    });
    expect((await once(child, "exit"))[0]).toBe(0);
    const refused = told.filter(({ code }) => code !== undefined);
    expect(refused.map(({ code }) => code)).toEqual(["log_io_error", "log_io_error", "log_io_error"]);
    expect(refused[0]?.message).toContain(harness.file);
    const acknowledged = told.filter(({ code }) => code === undefined).map(({ number }) => number);
    expect(acknowledged).toHaveLength(397);
    const reading = harness.read(harness.open());
    const { end } = await reading.assigned();
    const stored = new Set((await reading.take(end)).map(leading));
    expect(acknowledged.filter((number) => !stored.has(number))).toEqual([]);
  });
});
