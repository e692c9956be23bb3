import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENVIRONMENT, LocalBroker } from "../support/harness/local-broker.js";
import { letterRecord } from "../support/letters.js";
import { freePort } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";

const ROOT = join(import.meta.dirname, "../..");
const CLI = join(ROOT, "runtime/bin/taskwire.js");
const MODEL = join(ROOT, "generated/taskwire.json");

/** A command that runs until the test ends. */
class Lasting {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out = "";
  err = "";

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const { TASKWIRE_CONSOLE_TOKENS: _, ...own } = process.env;
    this.child = spawn(process.execPath, [CLI, ...args], {
      env: { ...own, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.out += chunk.toString();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.err += chunk.toString();
    });
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
  }

  /** What the output has of it. */
  async says(pattern: RegExp): Promise<string> {
    return until(() => {
      const [, found] = pattern.exec(this.out + this.err) ?? [];
      if (found === undefined && this.child.exitCode !== null) throw new Error(`it ended:\n${this.err}`);
      return found;
    });
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.ended;
  }
}

let folder = "";
const running: Lasting[] = [];
const start = (args: readonly string[], environment?: NodeJS.ProcessEnv) => {
  const lasting = new Lasting(args, environment);
  running.push(lasting);
  return lasting;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-console-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const broker = (name: string, ...more: readonly string[]) => [
  "broker",
  ...["--model", MODEL, "--env", "local", "--data", join(folder, name)],
  ...["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
  ...more,
];

const get = (address: string | URL, token: string) => fetch(address, { headers: { authorization: `Bearer ${token}` } });

describe("taskwire broker --console", () => {
  it("makes a token that only its owner reads, and names its file instead of it in the log", async () => {
    const { says, err } = bound(start(broker("a", "--console", "--console-path", "ops")));
    const url = await says(/"url":"([^"]+\/ops\/)","token"/);
    const file = join(folder, "a", "console.token");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token = readFileSync(file, "utf8").trim();
    expect(err()).not.toContain(token);
    expect(await (await get(new URL("api/v1/session", url), token)).json()).toMatchObject({
      name: "owner",
      role: "operate",
      environment: "local",
      sends: { possible: true },
    });
    expect(await (await get(new URL("api/v1/tasks", url), token)).text()).toContain("dynamic_sampling");
  });

  it("refuses to listen beyond this machine without configured tokens", async () => {
    const refused = start([...broker("a", "--console"), "--http", "0.0.0.0:0"]);
    expect(await refused.ended).toBe(1);
    expect(refused.err).toMatch(/reachable beyond this machine.*TASKWIRE_CONSOLE_TOKENS/);
  });

  it("signs out whom the file of tokens no longer has", async () => {
    const tokens = join(folder, "tokens.json");
    const ann = { name: "ann", role: "view", token: "a".repeat(32) };
    const bob = { name: "bob", role: "view", token: "b".repeat(32) };
    writeFileSync(tokens, JSON.stringify([ann, bob]));
    const lasting = start([...broker("a", "--console"), "--http", "0.0.0.0:0"], {
      TASKWIRE_CONSOLE_TOKENS: `@${tokens}`,
    });
    const url = (await lasting.says(/"url":"([^"]+)","message":"the console is served"/)).replace(
      "0.0.0.0",
      "127.0.0.1",
    );
    expect(lasting.err).toContain("without TLS beyond this machine");
    const session = new URL("api/v1/session", url);
    expect((await get(session, ann.token)).status).toBe(200);
    writeFileSync(tokens, JSON.stringify([bob]));
    await until(async () => (await get(session, ann.token)).status === 401);
    expect((await get(session, bob.token)).status).toBe(200);
  });

  it.each([
    [["--console-user-header", "X-User"], /needs --trust-proxy/],
    [["--console-path", "/a b"], /Expected a path such as \/ops/],
    [["--console-path", "/../x"], /Expected a path such as \/ops/],
    [["--console-host", "ops.example.com:80"], /without port/],
    [["--console-refresh", "10ms"], /at least 1s/],
    [["--trace-url", "javascript:alert({trace_id})"], /http or https/],
    [["--trace-url", "https://traces.example.com/"], /\{trace_id\}/],
  ])("refuses flags that would not work: %j", async (flags, message) => {
    const refused = start(broker("a", "--console", ...flags));
    expect(await refused.ended).toBe(2);
    expect(refused.err).toMatch(message);
  });
});

describe("taskwire console", () => {
  it("joins two brokers, names one that is away, and works without it", async () => {
    const listening = await Promise.all([freePort(), freePort()]);
    const [one = "", two = ""] = listening.map((port) => `127.0.0.1:${port}`);
    const first = start([...broker("a"), "--listen", one]);
    const second = start([...broker("b"), "--listen", two]);
    await Promise.all([first, second].map((each) => each.says(/(broker is ready)/)));
    const args = ["console", "--broker", `${one},${two}`, "--http", "127.0.0.1:0", "--data", join(folder, "c")];
    const link = new URL(await start([...args, "--model", MODEL]).says(/^(http\S+)\n/m));
    const token = link.hash.slice("#token=".length);
    const statuses = async () => (await get(new URL("api/v1/statuses", link), token)).json();
    expect(await statuses()).toMatchObject({ partial: [], brokers: [{ broker: one }, { broker: two }] });
    await second.stop();
    expect(await statuses()).toMatchObject({
      partial: [{ broker: two, code: "broker_unreachable" }],
      brokers: [{ broker: one }],
    });
    await first.stop();
    expect(await statuses()).toMatchObject({ partial: [{ broker: one }, { broker: two }], brokers: [] });
    expect((await fetch(new URL("/readyz", link))).status).toBe(200);
  });

  it("reads dead letters from the log while no broker answers, says why it changes none, and asks the broker that is back", async () => {
    await using local = new LocalBroker();
    const first = await local.start({ listen: "127.0.0.1:0" });
    const address = first.address ?? "";
    const log = await local.log();
    await log.append("work-dlq", [letterRecord(0), letterRecord(1)]);
    await first.stop();
    const model = join(folder, "taskwire.json");
    const application = { taskwire: 1, application: "test", hash: "", types: [], namespaces: [] };
    writeFileSync(model, JSON.stringify({ ...application, environments: [ENVIRONMENT] }));
    const args = ["console", "--broker", address, "--http", "127.0.0.1:0", "--env", "test", "--model", model];
    const link = new URL(await start([...args, "--data", local.data]).says(/^(http\S+)\n/m));
    const token = link.hash.slice("#token=".length);
    const ask = async (path: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const answer = await fetch(new URL(`api/v1/${path}`, link), { headers, ...posted });
      const json: ReturnType<typeof JSON.parse> = await answer.json();
      return { status: answer.status, body: json };
    };
    const inLog = 'the log of pool "default"';
    const partial = [{ broker: address, code: "broker_unreachable" }];
    const rows = [1, 0].map((offset) => ({ place: `work-dlq/0/${offset}`, broker: inLog }));
    const listed = await until(async () => {
      const { body } = await ask("dead-letters");
      return body.read === 1 && body;
    });
    expect(listed).toMatchObject({ rows, partial, fromLog: [inLog], counts: { open: 2 } });
    expect(await ask("dead-letters/work-dlq/0/1")).toMatchObject({
      status: 200,
      body: { fromLog: true, broker: inLog, letter: { id: "a1" }, partial },
    });
    expect((await ask("letter-groups")).body).toMatchObject({ groups: [{ count: 2 }], partial });
    const refused = {
      status: 503,
      body: { code: "no_broker_answers", message: expect.stringContaining("until one is") },
    };
    expect(await ask("dead-letters/replay", { places: ["work-dlq/0/1"] })).toMatchObject(refused);
    expect(await ask("dead-letters/purge", { q: "reason:error", dryRun: true })).toMatchObject(refused);
    expect(await ask("dead-letters/work-dlq/0/1/reveal", { reason: "ticket" })).toMatchObject(refused);
    expect((await ask("activations")).status).toBe(503);
    const { address: again } = await local.start({ listen: address });
    expect(again).toBe(address);
    await until(async () => (await ask("dead-letters")).body.fromLog.length === 0);
    expect((await ask("dead-letters/replay", { places: ["work-dlq/0/1"], reason: "fixed" })).body).toMatchObject({
      counts: { replayed: 1 },
    });
  });

  it("opens the browser with a code that signs in once, so that the process list shows no token", async () => {
    const seen = join(folder, "seen");
    const opener = join(folder, "xdg-open");
    writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$@" > "${seen}.part"; mv "${seen}.part" "${seen}"\n`);
    chmodSync(opener, 0o755);
    const args = ["console", "--open", "--broker", "127.0.0.1:1", "--http", "127.0.0.1:0", "--data", join(folder, "c")];
    const lasting = start(args, { PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` });
    const link = new URL(await lasting.says(/^(http\S+)\n/m));
    const opened = new URL(await until(() => textOf(seen)));
    expect(opened.origin).toBe(link.origin);
    expect(opened.hash).not.toBe(link.hash);
    const signIn = (token: string) =>
      fetch(new URL("api/v1/session", link), {
        method: "POST",
        headers: { "content-type": "application/json", "taskwire-console": "1" },
        body: JSON.stringify({ token }),
      });
    expect((await signIn(opened.hash.slice("#token=".length))).status).toBe(200);
    expect((await signIn(opened.hash.slice("#token=".length))).status).toBe(401);
  });
});

function bound(lasting: Lasting) {
  return { says: (pattern: RegExp) => lasting.says(pattern), err: () => lasting.err };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
