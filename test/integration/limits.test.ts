import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { activationBytes, append } from "../support/records.js";
import { until } from "../support/waiting.js";
import { FOLDER_VARIABLE, history } from "./fixtures/history.js";
import { environment } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
let harness: ProcessHarness;

beforeEach(() => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
});

afterEach(() => harness[Symbol.asyncDispose]());

/** The process may open this many files and connections more. What it has open stays. */
function limit({ pid }: Running, more: number): void {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free += 1;
  execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${free + more}:`]);
}

const ends = () => history(harness.data).filter(({ what }) => what === "end").length;
/** One that completes at once, and one whose third run does, seconds later. */
const send = () =>
  append(
    harness,
    "work",
    ["things.quick", "things.flaky"].map((task) => ({ value: activationBytes({ task }) })),
  );

describe.skipIf(process.platform !== "linux")("a process without free descriptors (needs Linux's prlimit)", () => {
  it("continues, be it broker or worker, and names the limit; connections are taken again when there are some", async () => {
    const broker = await harness.broker();
    const worker = await harness.worker("--children", "1");
    await send();
    // What either does for the first time it has done then.
    await until(() => ends() === 2);

    for (const each of [broker, worker]) limit(each, 0);
    const [host = "", port = ""] = (await harness.address()).split(":");
    const sockets = Array.from({ length: 20 }, (): Socket => connect(Number(port), host).on("error", () => {}));
    await send();
    await until(() => ends() === 4);
    for (const each of [broker, worker]) await until(() => /files cannot be opened: .*`ulimit -n`/.test(each.said()));

    for (const socket of sockets) socket.destroy();
    for (const each of [broker, worker]) limit(each, 200);
    await until(async () => {
      try {
        return (await harness.status()).ended.completed === 4;
      } catch {
        return false;
      }
    });
    expect([await worker.stop(), await broker.stop()]).toEqual([0, 0]);
  });
});

const TASKWIRE = join(import.meta.dirname, "../../runtime/bin/taskwire.js");

describe.skipIf(process.platform === "win32")("a command that cannot open all of its files", () => {
  for (const command of ["broker", "send"]) {
    it(`is one line that names the limit, and exit code 1 (${command})`, () => {
      const { status, stderr } = spawnSync(
        "sh",
        ["-c", 'ulimit -n 24; exec "$@"', "sh", process.execPath, TASKWIRE, command],
        {
          encoding: "utf8",
        },
      );
      expect(stderr).toMatch(/^taskwire: EMFILE: .*`ulimit -n`\)\n$/);
      expect(status).toBe(1);
    });
  }
});
