import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { Project } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
let harness: ProcessHarness;

beforeEach(() => {
  harness = new ProcessHarness(environment, HANDLERS);
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

interface Line {
  readonly check: string;
  readonly level: string;
  readonly text: string;
  readonly evidence?: readonly string[];
  readonly hint?: string;
}

/** `taskwire doctor --json` on the harness's model and data folder. */
async function doctor(args: readonly string[], variables: NodeJS.ProcessEnv = {}) {
  const own = ["--env", "test", "--model", harness.model, "--data", harness.data];
  const { said, code } = await outcome(["doctor", "--json", ...own, ...args], variables);
  const { checks }: { readonly checks: readonly Line[] } = JSON.parse(said);
  return { code, line: (check: string) => checks.find((each) => each.check === check), checks };
}

describe("taskwire doctor", () => {
  it("is content with a machine that can run a broker, and changes nothing there", async () => {
    const broker = `127.0.0.1:${await freePort()}`;
    const { code, line, checks } = await doctor([], { TASKWIRE_SECRETS: '["a"]' });
    expect(checks.filter(({ level, check }) => level !== "ok" && !check.startsWith("broker"))).toEqual([]);
    expect(line("node")?.text).toContain(`Node ${process.versions.node}`);
    expect(line("sqlite")?.text).toMatch(/SQLite 3\.\d+/);
    expect(line("data")?.text).toBe(`the data folder ${harness.data} can be written`);
    expect(line("secrets")?.text).toBe("TASKWIRE_SECRETS has 1 of them; the first signs");
    expect(line("cluster local")?.text).toMatch(/does not exist yet: nothing was sent$/);
    expect([0, 4]).toContain(code);
    const named = await doctor(["--broker", broker]);
    expect(named.line(`broker ${broker}`)).toMatchObject({
      level: "fail",
      hint: expect.stringContaining("is it running?"),
    });
    expect(named.code).toBe(4);
  });

  it("reports what is wrong with a broker, and that a worker is missing", async () => {
    await harness.broker();
    const broker = await harness.address();
    const without = await doctor(["--broker", broker]);
    expect(without.line(`broker ${broker}`)?.text).toMatch(/answers: pool default of environment test, taskwire \d/);
    expect(without.line("data_of_broker")?.level).toBe("ok");
    expect(without.line("no_worker")).toMatchObject({
      level: "warn",
      hint: expect.stringContaining("taskwire worker"),
    });
    expect(without.code).toBe(4);
    await harness.worker();
    await until(async () => (await harness.status()).sessions.length === 1);
    const { checks, code } = await doctor(["--broker", broker]);
    expect([code, checks.filter(({ level }) => level !== "ok")]).toEqual([0, []]);
  });

  it("sees that it and the broker use different data folders", async () => {
    await harness.broker();
    const other = join(harness.data, "other");
    mkdirSync(other);
    const broker = await harness.address();
    const args = ["--env", "test", "--model", harness.model, "--data", other, "--broker", broker, "--json"];
    const { checks }: { readonly checks: readonly Line[] } = JSON.parse((await outcome(["doctor", ...args])).said);
    expect(checks.find(({ check }) => check === "data_of_broker")).toMatchObject({
      level: "fail",
      evidence: [`here: ${other}`, `the broker at ${broker}: ${harness.data}`],
    });
  });

  it("says that the broker does not accept its secrets", async () => {
    await using signed = new ProcessHarness(environment, HANDLERS, { TASKWIRE_SECRETS: '["right"]' });
    await signed.broker();
    const broker = await signed.address();
    const { line } = await doctor(["--broker", broker], { TASKWIRE_SECRETS: '["wrong"]' });
    expect(line(`broker ${broker}`)).toMatchObject({
      level: "fail",
      hint: expect.stringContaining("the first secret of TASKWIRE_SECRETS here must be in the broker's list"),
    });
  });

  it("warns of secrets that every user can read, and fails for a list that is none", async () => {
    const file = join(harness.data, "secrets.json");
    writeFileSync(file, '["a"]');
    chmodSync(file, 0o644);
    expect((await doctor([], { TASKWIRE_SECRETS: `@${file}` })).line("secrets")).toMatchObject({
      level: "warn",
      hint: `\`chmod o-r ${file}\``,
    });
    const { line } = await doctor([], { TASKWIRE_SECRETS: "not-a-list" });
    expect(line("secrets")?.level).toBe("fail");
    expect(JSON.stringify(line("secrets"))).not.toContain("not-a-list");
  });

  it("warns of a port that another program holds", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { line } = await doctor(["--broker", `127.0.0.1:${port}`]);
    await new Promise((resolve) => server.close(resolve));
    expect(line(`broker 127.0.0.1:${port}`)?.level).toBe("fail");
  });

  it("names every variable that a Kafka cluster needs, and a cluster that does not answer", async () => {
    const kafka = {
      ...environment,
      name: "test",
      clusters: [{ name: "local", kind: "kafka", brokers: [`$${"{NOWHERE}"}`], tls: false }],
    } as const;
    await using own = new ProcessHarness(kafka, HANDLERS);
    const args = ["doctor", "--json", "--env", "test", "--model", own.model, "--data", own.data];
    const lines = async (variables: NodeJS.ProcessEnv): Promise<readonly Line[]> =>
      JSON.parse((await outcome(args, variables)).said).checks;
    const missing = (await lines({})).find(({ check }) => check === "variables");
    expect(missing?.evidence).toEqual(['NOWHERE (cluster "local", brokers)']);
    const away = (await lines({ NOWHERE: `127.0.0.1:${await freePort()}` })).find(
      ({ check }) => check === "cluster local",
    );
    expect(away?.level).toBe("fail");
    expect(away?.text).toMatch(/no broker of cluster "local" \(127\.0\.0\.1:\d+\) answers/);
  });

  it("finds generated files that are older than the schema, and prints a line each with the hint", async () => {
    using project = new Project(true);
    expect(await project.taskwire("init", "app")).toMatchObject({ code: 0 });
    const run = () => outcome(["doctor", "--broker", "127.0.0.1:1"], {}, project.path("app"));
    const lines = (text: string) => text.replace(/\n {6,}(?!hint)/g, " ");
    const before = await run();
    expect(lines(before.said)).toMatch(/^ok {4}the generated files are those of .*schema$/m);
    project.edit("app/schema/taskwire.yaml", (text) => text.replace("send_welcome", "send_greeting"));
    const { said, code } = await run();
    expect(lines(said)).toMatch(/^fail {2}the generated files are not what .*schema says: \d+ files differ: /m);
    expect(said).toContain("hint: run `npx taskwire codegen`, and build and deploy again");
    expect(said).toMatch(/^\d+ ok, \d+ warn, \d+ fail$/m);
    expect(code).toBe(4);
  });
});
