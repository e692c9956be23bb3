import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/look.js";
import { pageText, ROOT } from "../support/pages/pages.js";
import { aligned, comparable, pageNames, type Step, stepsOf, wordsOf } from "../support/pages/session-page.js";
import { outcome, type Running, run } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { Project } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const PAGE = "docs/guide/operations.md";
const page = pageText(PAGE);
/** Set: what the commands print is written into the page. Then read the diff. */
const PRINT = (process.env.TASKWIRE_PRINT_PAGE ?? "") !== "";
const printed = new Map<string, string>();

const SCHEMA = `
taskwire: 1
application: shop
namespaces:
  webhooks:
    processing_deadline: 1h
    retry: partner
    tasks:
      deliver: { parameters: { organization_id: int, url: string } }
  emails:
    tasks:
      send_welcome: { parameters: { address: string } }
retry_policies:
  partner: { times: 1, times_exceeded: deadletter }
environments:
  local:
    clusters: { local: { sqlite: log.db } }
    topics: { tasks: { cluster: local } }
    routes: { "*": tasks }
  small:
    clusters: { local: { sqlite: log.db } }
    topics: { tasks: { cluster: local } }
    routes: { "*": tasks }
    pools: { default: { topics: [tasks], max_disk: 16MiB } }
`;

/** A handler hangs for one address, and fails for another one. */
const HANDLERS = `
import { defineHandlers } from "./generated/registry.js";

export default defineHandlers({
  webhooks: {
    deliver: async ({ url }) => {
      if (url.includes("slow")) await new Promise(() => {});
      if (!url.startsWith("https:")) throw new Error(\`the address \${url} is not https\`);
    },
  },
  emails: { sendWelcome: async () => {} },
});
`;

const project = new Project(true);
let data = "";
let address = "";
let environment = "local";
let running: Running[] = [];
/** This machine's names, and those of the page. */
let names = new Map<string, string>();
let steps: Step[] = [];

beforeAll(async () => {
  expect(await project.taskwire("init", "app")).toMatchObject({ code: 0 });
  project.write("app/schema/taskwire.yaml", SCHEMA);
  rmSync(project.path("app/src"), { recursive: true });
  const generated = await outcome(["codegen"], {}, project.path("app"));
  expect([generated.code, generated.said]).toEqual([0, expect.any(String)]);
  project.write("app/src/handlers.ts", HANDLERS);
  expect(await project.tsc("app")).toMatchObject({ code: 0, out: "" });
});

afterAll(() => {
  project[Symbol.dispose]();
  if (!PRINT) return;
  let text = page;
  for (const [before, after] of printed)
    text = text.replace(`\`\`\`text\n${before}\`\`\``, () => `\`\`\`text\n${after}\`\`\``);
  writeFileSync(join(ROOT, PAGE), text);
});

const variables = () => ({ TASKWIRE_DATA: data, TASKWIRE_BROKERS: address, TASKWIRE_ENV: environment });

/** Runs a command line of the page: its names are this machine's. */
async function shell(line: string): Promise<string> {
  let own = line;
  for (const [here, there] of names) own = own.replaceAll(there, here);
  const [command, ...args] = wordsOf(own);
  expect(command).toBe("taskwire");
  const { said } = await outcome(args, variables(), project.path("app"));
  return pageNames(said, names);
}

/** Runs the next block of commands, which prints what the page shows. `same`: takes out what differs between runs. */
async function next(same: (text: string) => string = (text) => text): Promise<void> {
  const step = steps.shift();
  if (step === undefined) throw new Error("the section has no further block of commands");
  let said = "";
  for (const line of step.commands) said += await shell(line);
  if (PRINT) printed.set(step.printed, said);
  else {
    const expected = comparable(same(step.printed));
    expect(aligned(comparable(same(said)), expected)).toEqual(expected);
  }
}

async function start(ready: string, ...args: string[]): Promise<Running> {
  const process = run(args, variables(), project.path("app"));
  running.push(process);
  await until(() => process.said().includes(ready));
  return process;
}

const broker = () => start("broker is ready", "broker", "--listen", address, "--http", "127.0.0.1:0");
const worker = () =>
  start(
    "worker is ready",
    "worker",
    "--broker",
    address,
    "--concurrency",
    "4",
    "--children",
    "1",
    "--drain-grace",
    "1s",
  );

async function send(task: string, parameters: object, ...flags: string[]): Promise<void> {
  const { code, said } = await outcome(
    ["send", task, JSON.stringify(parameters), ...flags],
    variables(),
    project.path("app"),
  );
  expect([code, said]).toEqual([0, expect.any(String)]);
}

const shows = (wanted: (status: Status) => boolean) =>
  until(async () => wanted(JSON.parse(await fetchStatus(address))));
const deliver = (organization: number, url: string, ...flags: string[]) =>
  send("webhooks.deliver", { organization_id: organization, url }, ...flags);
/** It cannot be compressed. */
const noise = (bytes: number) => randomBytes((bytes / 4) * 3).toString("base64");
const GOOD = "https://partner.example/hook";
const BAD = "http://partner.example/hook";

describe(`the commands of ${PAGE} print what it shows`, () => {
  beforeEach(async ({ task }) => {
    mkdirSync(join(ROOT, "dist"), { recursive: true });
    data = mkdtempSync(join(ROOT, "dist/operations-"));
    address = `127.0.0.1:${await freePort()}`;
    names = new Map([
      [address, "127.0.0.1:50051"],
      [data, "/srv/shop/.taskwire"],
      [project.path("app"), "/srv/shop"],
    ]);
    const section = page.split(/^## /m).find((each) => each.startsWith(`${task.name}\n`));
    steps = stepsOf(section ?? "");
    expect(steps.length, `steps of "${task.name}"`).toBeGreaterThan(0);
  });

  afterEach(async ({ task }) => {
    for (const each of running.reverse()) await each.stop();
    running = [];
    environment = "local";
    rmSync(data, { recursive: true, force: true });
    if (task.result?.state !== "fail") expect(steps, "blocks that were not run").toEqual([]);
  });

  it("Nothing runs", async () => {
    await broker();
    await deliver(5, GOOD);
    await shows(({ counts }) => counts.pending === 1);
    await next();
    await worker();
    await shows(({ ended }) => ended.completed === 1);
    await next();
  });

  it("One customer floods a task", async () => {
    await broker();
    for (let n = 0; n < 3; n++) await deliver(5, GOOD);
    await deliver(6, GOOD);
    await shows(({ counts }) => counts.pending === 4);
    await next();
    await next();
    await next();
    await next();
  });

  it("A deploy broke a task", async () => {
    await broker();
    await worker();
    for (let n = 0; n < 5; n++) await deliver(5, BAD);
    await shows(({ ended }) => ended.deadlettered === 5);
    await next();
    await next();
    await next();
  });

  it("A task must stop now", async () => {
    await broker();
    await worker();
    await next();
    await deliver(5, GOOD);
    await shows(({ counts }) => counts.parked === 1);
    await next();
    await next();
  });

  it("Dead letters pile up", async () => {
    await broker();
    await worker();
    for (let n = 0; n < 3; n++) await deliver(5, BAD);
    await shows(({ ended }) => ended.deadlettered === 3);
    await next();
    await next();
    await next();
  });

  it("One dead letter needs another parameter", async () => {
    await broker();
    await worker();
    await deliver(5, BAD);
    await shows(({ ended }) => ended.deadlettered === 1);
    project.write("app/fixed.json", JSON.stringify({ organization_id: 5, url: GOOD }));
    await next();
    await next();
    await next();
    await shows(({ ended }) => ended.completed === 1);
  });

  it("A run hangs", async () => {
    await broker();
    await worker();
    await deliver(5, "https://slow.example/hook", "--id", "4b565f2d78664a308f9d171a18f9e728");
    await shows(({ counts }) => counts.processing === 1);
    await next();
    await next();
    await next();
  });

  it("The disk is full", async () => {
    environment = "small";
    await broker();
    project.write("app/large.json", JSON.stringify({ address: noise(9_000_000) }));
    const args = ["send", "emails.send_welcome", "@large.json", "--countdown", "1d"];
    let status: Status;
    // The broker measures its file from commit to commit: how many fit differs by one.
    for (let sent = 1; ; sent++) {
      expect(await outcome(args, variables(), project.path("app"))).toMatchObject({ code: 0 });
      await shows(({ counts, notReady }) => counts.delayed === sent || notReady.length > 0);
      status = JSON.parse(await fetchStatus(address));
      if (status.notReady.length > 0) break;
    }
    const counts = (text: string) => text.replace(/\b\d+\b/g, "N");
    await next(counts);
    await next(counts);
    await next(counts);
  });

  it("Delayed work has to go now, or go away", async () => {
    await broker();
    await deliver(5, GOOD, "--countdown", "2h", "--id", "4b565f2d78664a308f9d171a18f9e728");
    await deliver(5, GOOD, "--countdown", "3h");
    await shows(({ counts }) => counts.delayed === 2);
    await next();
    await next();
    await shows(({ counts }) => counts.delayed === 1);
    await next();
    await shows(({ counts }) => counts.delayed === 0);
  });

  it("A worker has to be drained", async () => {
    await broker();
    await worker();
    await shows(({ sessions }) => sessions.length === 1);
    const status: Status = JSON.parse(await fetchStatus(address));
    names.set(status.sessions[0]?.worker ?? "", "1d0b9c6f8a5e4f7fb2c3d4e5f6a7b8c9");
    await next();
    await next();
    await next();
  });

  it("Who did that?", async () => {
    await broker();
    await shell("taskwire pause --task webhooks.deliver --until 2h --reason 'the partner is down' --yes");
    await next();
  });

  it("A broker does not answer", async () => {
    await broker();
    await worker();
    await shows(({ sessions }) => sessions.length === 1);
    names.set(`127.0.0.1:${await freePort()}`, "127.0.0.1:50061");
    await next();
    await next();
  });

  it("Is this machine ready?", async () => {
    await next();
  });
});

it("every situation of the page with commands is run", () => {
  const own = readFileSync(join(ROOT, "test/commands/operations-page.test.ts"), "utf8");
  const headings = page
    .split(/^## /m)
    .slice(1)
    .filter((section) => stepsOf(section).length > 0)
    .map((section) => section.split("\n", 1)[0] ?? "");
  expect(headings.filter((heading) => !own.includes(`it("${heading}"`))).toEqual([]);
});
