import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Encoder } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHead } from "#runtime/activation/encoding/head.js";
import type { Declared } from "#runtime/broker/runtime-config/declared.js";
import { statusText } from "#runtime/cli/output/status-text.js";
import { LocalBroker } from "../support/harness/local-broker.js";

let local: LocalBroker;
let file: string;

beforeEach(() => {
  local = new LocalBroker();
  file = join(local.data, "rules.yaml");
});

afterEach(() => local[Symbol.asyncDispose]());

/** As configuration tools do it: never half a file. */
function replace(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const applied = (task: string) =>
  local.shows(({ runtimeConfig }) => runtimeConfig?.droppedTasks.includes(task) === true);
const parameters = (kwargs: object) => new Encoder().encode({ args: [], kwargs });

describe("the runtime configuration of a running broker", () => {
  it("drops what it names, before and after it changes, and nothing else", async () => {
    writeFileSync(file, "drop_task_killswitch: [things.bad]");
    await local.start({ runtimeConfig: file });
    await local.send({ task: "things.bad" }, { task: "things.quick" }, { task: "things.worse" });
    await local.shows(({ ended, counts }) => ended.killswitched === 1 && counts.pending === 2);
    replace("drop_task_killswitch: [things.worse]");
    await local.shows(({ ended, counts }) => ended.killswitched === 2 && counts.pending === 1);
    await local.send({ task: "things.bad" }, { task: "things.worse" });
    await local.shows(({ ended, counts }) => ended.killswitched === 3 && counts.pending === 2);
  });

  it("drops by argument", async () => {
    writeFileSync(file, "drop_task_killswitch: [{ name: things.quick, select_kwarg: { project_id: 7 } }]");
    await local.start({ runtimeConfig: file });
    await local.send(
      { parameters: parameters({ project_id: 7 }) },
      { parameters: parameters({ project_id: 8 }) },
      { parameters: new Uint8Array([0xc1]) },
    );
    await local.shows(({ ended, counts }) => ended.killswitched === 1 && counts.pending === 2);
  });

  it("forwards demoted namespaces, byte for byte, to a topic of another cluster", async () => {
    writeFileSync(file, "demoted_namespaces: [slow]\ndemoted_topic: long");
    await local.start({ runtimeConfig: file });
    await local.send({ namespace: "slow", id: "the slow one" }, { namespace: "things" });
    await local.shows(({ ended, counts }) => ended.forwarded === 1 && counts.pending === 1);
    const reader = (await local.log("other")).read(["long"], { group: "test", journal: "the test" });
    for await (const event of reader) {
      if (event.kind !== "batch") continue;
      expect(event.records.map(({ value }) => readHead(value))).toMatchObject([
        { id: "the slow one", namespace: "slow" },
      ]);
      break;
    }
    await reader.close();
  });

  it("names what nobody has and a topic that nobody reads, in log and status, and is ready all the same", async () => {
    writeFileSync(
      file,
      "demoted_namespaces: [slow, things]\ndemoted_topic: long\ndrop_task_killswitch: [things.gone, things.quick]",
    );
    const declared: Declared = {
      namespaces: new Set(["things"]),
      tasks: new Map([["things.quick", { parameters: [] }]]),
      wireNames: new Map(),
    };
    await local.start({ runtimeConfig: file, declared: () => declared });
    const { runtimeConfig } = await local.status();
    expect(runtimeConfig).toMatchObject({
      current: true,
      warnings: [
        expect.stringMatching(/^demoted_topic: no pool of environment "test" reads topic "long": /),
        expect.stringMatching(/^demoted_namespaces\[0\]: the model has no namespace "slow"; /),
        expect.stringMatching(/^drop_task_killswitch\[0\]: the model has no task with the wire name "things.gone"; /),
      ],
    });
    const warned = () => local.said.filter(({ message }) => message.includes("may not do what is intended"));
    expect(warned().map(({ level, fields }) => [level, fields.warning])).toEqual(
      runtimeConfig?.warnings.map((warning) => ["warn", warning]),
    );
    expect(statusText(await local.status())).toContain("WARNING: runtime configuration: demoted_topic: no pool");
    expect(await local.readiness()).toEqual({ status: 200, ready: true, reasons: [] });

    replace("drop_task_killswitch: [{ name: things.quick, select_kwarg: { project: 1 } }]");
    await local.shows((status) => status.runtimeConfig?.selectors === 1);
    expect((await local.status()).runtimeConfig?.warnings).toEqual([
      'drop_task_killswitch[0].select_kwarg: task "things.quick" has no parameter "project"; it has none',
    ]);
    expect(warned()).toHaveLength(4);
  });

  it("keeps the last valid file when the new one is broken, and says so in log, metric and status", async () => {
    writeFileSync(file, "drop_task_killswitch: [things.bad]");
    await local.start({ runtimeConfig: file });
    for (const broken of ["drop_task_killswitch: [", "droop: []", "", "demoted_namespaces: [a]", undefined]) {
      if (broken === undefined) rmSync(file);
      else replace(broken);
      const { runtimeConfig } = await local.shows((status) => status.runtimeConfig?.current === false);
      expect(runtimeConfig?.error).toContain(file);
      expect(runtimeConfig?.droppedTasks).toEqual(["things.bad"]);
      expect(await (await local.get("/metrics")).text()).toContain("\ntaskwire_runtime_config_broken 1\n");
      expect(local.said.at(-1)).toMatchObject({
        level: "error",
        message: "the runtime configuration is invalid; the last valid one stays in force",
        fields: { error: runtimeConfig?.error },
      });
      replace("drop_task_killswitch: [things.bad]");
      await local.shows((status) => status.runtimeConfig?.current === true);
    }
    await local.send({ task: "things.bad" });
    await local.shows(({ ended }) => ended.killswitched === 1);
    expect((await local.readiness()).status).toBe(200);
    const text = await (await local.get("/metrics")).text();
    expect(text).toContain('taskwire_runtime_config_reloads_total{result="refused"} 5\n');
    expect(text).toContain('taskwire_runtime_config_reloads_total{result="applied"} 5\n');
  });

  it("follows a file that is written in place, and one behind a link that is turned", async () => {
    const folder = (name: string, text: string) => {
      mkdirSync(join(local.data, name));
      writeFileSync(join(local.data, name, "rules.yaml"), text);
    };
    folder("one", "drop_task_killswitch: [one]");
    folder("two", "drop_task_killswitch: [two]");
    const link = join(local.data, "..data");
    symlinkSync("one", link);
    symlinkSync(join("..data", "rules.yaml"), file);
    await local.start({ runtimeConfig: file });
    await applied("one");
    symlinkSync("two", `${link}.new`);
    renameSync(`${link}.new`, link);
    await applied("two");
    writeFileSync(join(local.data, "two", "rules.yaml"), "drop_task_killswitch: [three]");
    await applied("three");
    rmSync(file);
    writeFileSync(file, "drop_task_killswitch: [four]");
    await applied("four");
    writeFileSync(file, "drop_task_killswitch: [five]");
    await applied("five");
  });

  it.each([
    ["that is missing", undefined, "there is no file rules.yaml in "],
    ["that is broken", "drop_task_killswitch: [5]", "drop_task_killswitch[0]: expected the wire name of a task"],
    ["with an unknown cluster", "demoted_topic: long\ndemoted_topic_cluster: nowhere", 'got "nowhere"'],
    ["larger than 1 MiB", `# ${"x".repeat(1024 * 1024)}`, "it is larger than 1048576 bytes"],
  ])("refuses to start with a file %s", async (_what, text, problem) => {
    if (text !== undefined) writeFileSync(file, text);
    await expect(local.start({ runtimeConfig: file })).rejects.toMatchObject({
      code: "bad_runtime_config",
      message: expect.stringContaining(problem),
    });
    // Nothing was left open: the same folder starts at once.
    await local.start();
  });
});
