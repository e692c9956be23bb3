import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ProcessError } from "../../../examples/demo/errors.js";
import { CliProcess } from "../../../examples/demo/processes.js";

const COMMAND = join(import.meta.dirname, "fixtures/command.mjs");

function start(behaviour: string): CliProcess {
  return new CliProcess({ name: "broker", cli: COMMAND, arguments: [behaviour], readyMessage: "it is ready" });
}

describe("a process of the demo", () => {
  test("is ready at its line and stops at SIGTERM", async () => {
    await using process = start("polite");
    await process.ready();
    expect(process.lines).toContain('{"level":"info","message":"it is ready"}');
    expect(await process.stop()).toBe("ended with exit code 0");
  });

  test("that ignores SIGTERM is killed after the grace", async () => {
    await using process = start("deaf");
    await process.ready();
    expect(await process.stop(100)).toBe("was ended by SIGKILL");
  });

  test("that ends before it is ready fails with its last lines", async () => {
    await using process = start("dies");
    const ready = process.ready();
    await expect(ready).rejects.toBeInstanceOf(ProcessError);
    await expect(ready).rejects.toThrow(
      'the broker ended with exit code 1; its last lines:\n  {"level":"info","message":"about to fail"}\n  taskwire: port 1 is in use',
    );
  });

  test("that does not get ready in time fails too", async () => {
    await using process = start("slow");
    await expect(process.ready(50)).rejects.toThrow("the broker was not ready after 0.05 s; it printed nothing");
  });

  test("that is killed from outside is a failure, one that was stopped is not", async () => {
    await using killed = start("polite");
    await killed.ready();
    const failure = expect(killed.failure()).rejects.toThrow("the broker was ended by SIGKILL");
    killed.kill("SIGKILL");
    await failure;

    await using stopped = start("polite");
    await stopped.ready();
    const outcome = Promise.race([stopped.failure(), stopped.ended]);
    await stopped.stop();
    expect(await outcome).toBe("ended with exit code 0");
  });

  test("does not outlive its scope", async () => {
    let pid: number | undefined;
    {
      await using process = start("polite");
      await process.ready();
      pid = process.pid;
    }
    if (pid === undefined) throw new Error("it had no pid");
    const gone = pid;
    expect(() => process.kill(gone, 0)).toThrow(/ESRCH/);
  });
});
