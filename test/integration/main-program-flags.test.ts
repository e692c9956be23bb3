import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { handlerNodeOptions } from "#runtime/base/process/node-options.js";
import { hasSent, PRODUCER, producerProject } from "../support/processes/producer-program.js";

/** Ends whatever thread loads it, except the main one. */
const ONLY_MAIN = `
import { isMainThread } from "node:worker_threads";
if (!isMainThread) throw new Error("the application's setup ran in a thread of taskwire");
`;
const ONLY_MAIN_CJS = `
if (!require("node:worker_threads").isMainThread) throw new Error("the application's setup ran in a thread of taskwire");
`;

interface Case {
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly options?: string;
}

const cases: Record<string, Case> = {
  "from --input-type=module --eval": { args: ["--input-type=module", "--eval", PRODUCER] },
  "from standard input": { args: ["--input-type=module", "-"], stdin: PRODUCER },
  "with --import of a module for the main program": { args: ["--import", "./setup.mjs", "app.mjs"] },
  "with -r of a module for the main program": { args: ["-r", "./setup.cjs", "app.mjs"] },
  "with NODE_OPTIONS=--import": { args: ["app.mjs"], options: "--import=./setup.mjs" },
  "with NODE_OPTIONS=--require": { args: ["app.mjs"], options: "--require=./setup.cjs" },
  "with --test-only": { args: ["--test-only", "app.mjs"] },
  "with NODE_OPTIONS=--max-old-space-size": { args: ["app.mjs"], options: "--max-old-space-size=256" },
  "with NODE_OPTIONS=--throw-deprecation": { args: ["app.mjs"], options: "--throw-deprecation" },
};

it.each(Object.entries(cases))("a producer sends %s", (_title, { args = [], stdin = "", options = "" }) => {
  using project = producerProject();
  project.write("setup.mjs", ONLY_MAIN);
  project.write("setup.cjs", ONLY_MAIN_CJS);
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project.folder,
    input: stdin,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: options, NODE_ENV: "test" },
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("sent one\n");
  expect(hasSent(project)).toBe(true);
});

it("a log whose thread cannot start says that nothing was stored", () => {
  using project = producerProject();
  project.write(
    "failing.cjs",
    `const threads = require("node:worker_threads");
     threads.Worker = class extends threads.Worker {
       constructor(file, options) {
         super(file, { ...options, execArgv: ["-r", "./setup.cjs"] });
       }
     };
     require("node:module").syncBuiltinESMExports();`,
  );
  project.write("setup.cjs", ONLY_MAIN_CJS);
  const { stderr } = spawnSync(process.execPath, ["-r", "./failing.cjs", "app.mjs"], {
    cwd: project.folder,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  expect(stderr).toMatch(/the thread of the embedded log \S+log\.db did not start \(.*\); nothing was stored/);
  expect(hasSent(project)).toBe(false);
});

it.each([
  [undefined, undefined],
  ["", undefined],
  ["--inspect-brk", undefined],
  ["--inspect-brk=127.0.0.1:9229 --max-old-space-size=512", "--max-old-space-size=512"],
  ["--input-type module --import ./otel.mjs", "--import ./otel.mjs"],
  ["--test --test-reporter spec --watch -r dotenv/config", "-r dotenv/config"],
  ['--require "./with space.cjs" --test-name-pattern "a \\"b\\" c"', '--require "./with space.cjs"'],
  ["--inspect-publish-uid=http", "--inspect-publish-uid=http"],
])("a child that runs handlers gets of NODE_OPTIONS=%j only what is not for the main program", (options, kept) => {
  expect(handlerNodeOptions(options)).toBe(kept);
});
