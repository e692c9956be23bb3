import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { DevProject } from "../support/processes/dev-project.js";
import { until } from "../support/waiting.js";

let project: DevProject;
let harness: ProcessHarness;
let client: Client;
/** Reloads said so far. */
let reloads: number;

beforeEach(async () => {
  project = new DevProject(environment);
  reloads = 0;
  harness = new ProcessHarness(environment, project.handlers, {}, [], (line) => {
    if (line.includes(LOADED)) reloads += 1;
  });
  client = await connect(environment, { dataFolder: harness.data });
});

afterEach(async () => {
  await client.close();
  await harness[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

const ends = (task: string) => project.history().filter((line) => line.task === task && line.what === "end");
const starts = (task: string) => project.history().filter((line) => line.task === task && line.what === "start");
const count = (text: string, part: string) => text.split(part).length - 1;

/** Resolves when it was said `times` times. */
const said = (running: Running, part: string, times = 1) => until(() => count(running.said(), part) >= times);

const LOADED = "handlers reloaded ";

describe("taskwire dev", () => {
  it("runs changed code next, while a run that has begun finishes on the old one", async () => {
    const dev = await harness.dev();
    await project.task("slow").delay({ n: 1 });
    await until(() => starts("slow").length === 1);
    project.version("2");
    await said(dev, LOADED);
    await project.task("quick").delay({ n: 1 });
    await until(() => ends("quick").length === 1);
    expect(ends("quick")).toMatchObject([{ version: "2" }]);
    expect(ends("slow")).toEqual([]);
    project.release();
    await until(() => ends("slow").length === 1);
    expect(project.history().filter(({ task }) => task === "slow")).toMatchObject([
      { what: "start", version: "1" },
      { what: "end", version: "1" },
    ]);
    await until(async () => (await harness.status()).ended.completed === 2);
    await until(async () => (await harness.status()).sessions.length === 1);
    expect(await dev.stop()).toBe(0);
  });

  it("keeps the old code while the new one does not load, says where it is wrong, and recovers", async () => {
    const dev = await harness.dev();
    project.write("steps/version.js", "export const version = ;\n");
    await said(dev, "cannot load the handlers; still running the previous version");
    await until(() => /^dev +\S*version\.js:1$/m.test(dev.said()));
    await until(() => /^dev +SyntaxError: Unexpected token/m.test(dev.said()));
    await project.task("quick").delay({ n: 1 });
    await until(() => ends("quick").length === 1);
    project.write("steps/version.js", 'export * from "../not/there.js";\n');
    await said(dev, "cannot load the handlers; still running the previous version", 2);
    project.version("3");
    await said(dev, LOADED);
    await project.task("quick").delay({ n: 2 });
    await until(() => ends("quick").length === 2);
    expect(ends("quick").map(({ version }) => version)).toEqual(["1", "3"]);
  });

  it("serves a task that regenerated code adds, and gives up one that it drops", async () => {
    const dev = await harness.dev();
    await project.task("late").delay({ n: 1 });
    await until(async () => (await harness.status()).unclaimed.some(({ task }) => task === "things.late"));
    project.generate(["slow", "late"]);
    await until(() => ends("late").length === 1);
    expect(dev.said()).toMatch(/added=things\.late .*removed=things\.quick/);
    await project.task("quick").delay({ n: 1 });
    await until(async () => (await harness.status()).unclaimed.some(({ task }) => task === "things.quick"));
    expect((await harness.status()).ended).toMatchObject({ completed: 1, deadlettered: 0, discarded: 0 });
  });

  it("passes a changed model to the broker, and names what needs a restart", async () => {
    const dev = await harness.dev();
    const model = JSON.parse(readFileSync(harness.model, "utf8"));
    const write = (changed: object) => {
      writeFileSync(`${harness.model}.new`, JSON.stringify({ ...model, ...changed }));
      project.write("release", "");
      writeFileSync(harness.model, readFileSync(`${harness.model}.new`));
    };
    const quick = { key: "quick", name: "things.quick", hash: "2", parameters: [], processingDeadline: 30_000 };
    write({ namespaces: [{ name: "things", tasks: [{ ...quick, atMostOnce: false, compression: "auto" }] }] });
    await said(dev, "model reloaded");
    expect((await harness.status()).hashDiffers).toMatchObject([
      {
        task: "things.quick",
        hashes: [
          { hash: "2", model: true, workers: [] },
          { hash: "1", model: false },
        ],
      },
    ]);
    expect(dev.said()).not.toContain("restart taskwire dev");
    project.generate(["quick", "slow"], "2");
    await until(async () => (await harness.status()).hashDiffers.some(({ task }) => task === "things.slow") === false);
    await until(async () => (await harness.status()).hashDiffers.length === 0);
    const [pool] = environment.pools;
    write({ environments: [{ ...environment, routes: [], pools: [{ ...pool, maxPendingCount: 7 }] }] });
    await said(dev, "restart taskwire dev");
    expect(dev.said()).toMatch(
      /differs=pool "default" changed; route "\*" was removed|differs=route "\*" was removed; pool "default" changed/,
    );
    writeFileSync(harness.model, "{");
    await said(dev, "cannot load the model; the broker keeps the previous one");
    await project.task("quick").delay({ n: 1 });
    await until(() => ends("quick").length === 1);
  });

  it("loses nothing and runs nothing twice over 20 reloads under load", async () => {
    const dev = await harness.dev();
    const completed = async () => (await harness.status()).ended.completed;
    let sent = 0;
    let over = false;
    const sending = (async () => {
      while (!over) {
        await until(async () => over || (await completed()) > sent - 200);
        await project.task("quick").delayMany(Array.from({ length: 20 }, () => ({ n: sent++ })));
      }
    })();
    try {
      for (let reload = 1; reload <= 20; reload += 1) {
        project.version(String(reload + 1));
        await until(() => reloads === reload);
        // What was sent before may have run on the old code.
        const before = sent;
        await until(async () => (await completed()) > before + 50);
      }
    } finally {
      over = true;
      await sending;
    }
    await until(async () => (await harness.status()).ended.completed === sent);
    expect(
      starts("quick")
        .map(({ n }) => n)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: sent }, (_, n) => n));
    expect(new Set(starts("quick").map(({ version }) => version)).size).toBe(21);
    expect((await harness.status()).ended).toMatchObject({
      completed: sent,
      retried: 0,
      discarded: 0,
      deadlettered: 0,
    });
    await until(async () => (await harness.status()).sessions.length === 1);
    expect(await dev.stop()).toBe(0);
  }, 240_000);

  it("finds code again whose folder a build deletes first", async () => {
    const dev = await harness.dev();
    project.remove("steps");
    await said(dev, "cannot load the handlers; still running the previous version");
    project.version("2");
    await said(dev, LOADED);
    await project.task("quick").delay({ n: 1 });
    await until(() => ends("quick").length === 1);
    expect(ends("quick")).toMatchObject([{ version: "2" }]);
  });

  it("begins each line with who says it, without colours in a pipe, and says where it is and what it watches", async () => {
    const dev = await harness.dev();
    await said(dev, "taskwire dev is ready");
    await project.task("quick").delay({ n: 1 });
    await said(dev, "ran quick 1");
    const lines = dev.said().split("\n").slice(0, -1);
    expect(lines.filter((line) => !/^(dev|broker|worker|handlers|scheduler) +/.test(line))).toEqual([]);
    expect(lines).toContain("handlers  ran quick 1");
    expect(dev.said()).not.toContain("\u001b[");
    expect(dev.said()).toMatch(/watching .*dev-project-.*\/generated, .*\/steps/);
    const [, address = ""] = /health=http:\/\/(\S+)\/readyz/.exec(dev.said()) ?? [];
    expect((await fetch(`http://${address}/readyz`)).status).toBe(200);
    expect(dev.said()).toContain(`grpc=${await harness.address()} `);
  });

  it("says without child processes that it does not load code again", async () => {
    const dev = await harness.dev("--isolation", "none");
    await said(dev, "--isolation none runs handlers in this process and cannot reload them");
    await project.task("quick").delay({ n: 1 });
    await until(() => ends("quick").length === 1);
    expect(join(project.folder, "handlers.js")).toBe(project.handlers);
  });
});
