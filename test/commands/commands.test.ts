import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { COMMAND, outcome } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
let harness: ProcessHarness;

beforeEach(() => {
  harness = new ProcessHarness(environment, HANDLERS);
});

afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

const brokerFlags = () => [
  "broker",
  "--env",
  "test",
  "--model",
  harness.model,
  "--data",
  harness.data,
  "--http",
  "127.0.0.1:0",
];

describe("taskwire broker", () => {
  it("names a missing model file and the command that writes it", async () => {
    const missing = join(harness.data, "nowhere.json");
    const { code, said } = await outcome(["broker", "--model", missing, "--data", harness.data]);
    expect(said).toContain(`the model file ${missing} does not exist; run \`npx taskwire codegen\``);
    expect(code).toBe(1);
  });

  it("names an unknown environment and pool with the known ones", async () => {
    expect(
      (await outcome(["broker", "--env", "prod", "--model", harness.model, "--data", harness.data])).said,
    ).toContain('unknown environment "prod"; known: test');
    expect((await outcome([...brokerFlags(), "--pool", "fast"])).said).toContain(
      'unknown pool "fast"; known: default; a broker reads one pool of environment "test": --pool default',
    );
  });

  it("refuses a port in use within a moment and says what to do", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, said } = await outcome([...brokerFlags(), "--listen", `127.0.0.1:${port}`]);
    await new Promise((resolve) => server.close(resolve));
    expect(said).toContain(`cannot listen on 127.0.0.1:${port}: the port is in use`);
    expect(said).not.toContain("No address added");
    expect(code).toBe(1);
  });

  it("refuses a data folder that another broker holds", async () => {
    await harness.broker();
    const { code, said } = await outcome([...brokerFlags(), "--listen", `127.0.0.1:${await freePort()}`]);
    expect(said).toContain(`${join(harness.data, "default.inflight.db")} is held by another broker`);
    expect(code).toBe(1);
  });

  it("refuses a data folder that is a file", async () => {
    const file = join(harness.data, "file");
    writeFileSync(file, "");
    const { code, said } = await outcome(["broker", "--env", "test", "--model", harness.model, "--data", file]);
    expect(said).toContain(`cannot create the data folder ${file}`);
    expect(code).toBe(1);
  });

  it.skipIf(process.getuid?.() === 0)(
    "refuses a data folder that it may not write (skipped for root, who may)",
    async () => {
      const folder = join(harness.data, "closed");
      mkdirSync(folder);
      chmodSync(folder, 0o500);
      const { code, said } = await outcome(["broker", "--env", "test", "--model", harness.model, "--data", folder]);
      expect(said).toContain("cannot be written");
      expect(code).toBe(1);
    },
  );

  it("refuses a topic that another in-flight file read, until --take-over", async () => {
    await (await harness.broker()).stop();
    rmSync(join(harness.data, "default.inflight.db"));
    const { code, said } = await outcome([...brokerFlags(), "--listen", `127.0.0.1:${await freePort()}`]);
    expect(said).toContain("is read by another in-flight file");
    expect(code).toBe(1);
    await harness.broker("--take-over");
  });

  it("stops with exit code 0 on SIGTERM", async () => {
    const broker = await harness.broker();
    expect(await broker.stop()).toBe(0);
  });
});

describe("taskwire worker", () => {
  it.each([
    ["does not exist", "nowhere.mjs", undefined],
    ["does not load", "throws.mjs", "throw new Error('broken on load');"],
    ["has no registry", "empty.mjs", "export default { a: 1 };"],
  ])("refuses a handlers module that %s and names it", async (_case, name, text) => {
    const module = join(harness.data, name);
    if (text !== undefined) writeFileSync(module, text);
    const { code, said } = await outcome([
      "worker",
      "--handlers",
      module,
      "--broker",
      await harness.address(),
      "--data",
      harness.data,
    ]);
    expect(said).toContain(module);
    if (name === "throws.mjs") expect(said).toContain("broken on load");
    expect(code).toBe(1);
  });

  it("stops with exit code 0 on SIGTERM, with its children", async () => {
    await harness.broker();
    const worker = await harness.worker("--children", "2");
    expect(await worker.stop()).toBe(0);
  });
});

describe("the command line", () => {
  it("exits with 2 and points to --help for what it does not know", async () => {
    const { code, said } = await outcome(["broker", "--liste", "x"]);
    expect(said).toMatch(/unknown option '--liste'[\s\S]*--help/);
    expect(code).toBe(2);
    expect((await outcome(["worker", "--broker", "nonsense"])).said).toContain('Expected HOST:PORT, got "nonsense"');
  });

  it.each(["codegen", "breaking", "broker", "worker", "dev", "send", "status"])(
    "has help with examples for %s",
    async (command) => {
      const { code, said } = await outcome([command, "--help"]);
      expect(said).toContain("Examples:");
      expect(code).toBe(0);
    },
  );

  it.each([
    ["codegen", "--out"],
    ["codegen", "--schema"],
    ["breaking", "--against"],
    ["send", "--data"],
    ["worker", "--handlers"],
    ["broker", "--model"],
  ])("refuses an empty string for a value, as %s %s of an unset variable would be", async (command, flag) => {
    const arguments_ = command === "send" ? ["lab.sleep", "{}"] : [];
    const { code, said } = await outcome([command, ...arguments_, flag, ""]);
    expect(said).toMatch(new RegExp(`option '${flag} <[A-Z]+>' expects a value, got an empty string`));
    expect(code).toBe(2);
  });

  it.each([
    ["init", ""],
    ["send", "lab.sleep", ""],
  ])("refuses an empty argument: %s %j", async (...words) => {
    const { code, said } = await outcome(words);
    expect(said).toMatch(/argument '\w+' expects a value, got an empty string/);
    expect(code).toBe(2);
  });

  it("takes an empty TASKWIRE_ENV for none", async () => {
    const { said } = await outcome(["broker", "--model", harness.model, "--data", harness.data], { TASKWIRE_ENV: "" });
    expect(said).toContain('unknown environment "local"; known: test');
  });

  it("ends quietly when the reader of its output closes the pipe", () => {
    const script = `"${process.execPath}" "${COMMAND}" broker --help | true; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect([status, stderr]).toEqual([141, ""]);
  });

  it("says where a broker was looked for when there is none", async () => {
    const address = await harness.address();
    const { code, said } = await outcome(["status", "--broker", address]);
    expect(said).toContain(`no answer from the broker at ${address}`);
    expect(said).toContain("; is it running?");
    expect(said).not.toContain(".;");
    expect(code).toBe(1);
  });

  it("needs a data folder outside of a package", async () => {
    const folder = mkdtempSync(join(tmpdir(), "taskwire-empty-"));
    const { code, said } = await outcome(
      ["broker", "--env", "test", "--model", harness.model],
      { TASKWIRE_DATA: "" },
      folder,
    );
    rmSync(folder, { recursive: true });
    expect(said).toContain("pass --data DIR or set TASKWIRE_DATA");
    expect(code).toBe(1);
  });
});
