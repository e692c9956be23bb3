import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Processes } from "../support/processes/processes.js";
import { PRODUCER } from "../support/processes/producer-program.js";
import { Project } from "../support/processes/project.js";

let project: Project;

beforeAll(() => {
  project = new Project(true);
  project.write("package.json", JSON.stringify({ type: "module", workspaces: ["apps/*"] }));
  project.write("apps/web/package.json", JSON.stringify({ type: "module" }));
  project.write("file", "");
  project.write(
    "handlers.mjs",
    `import * as $ from "taskwire/generated";
     const plain = $.task({ key: "jobs.plain", name: "jobs.plain", namespace: "jobs", application: "app", hash: "0",
       processingDeadline: 30000, parameters: () => $.record({}), environments: () => ({}) });
     export default $.registry("app", { jobs: { tasks: { plain }, handlers: { plain: () => {} } } });`,
  );
  const pool = '{ name: "default", topics: ["work"], group: "g" }';
  const program = PRODUCER.replace("pools: []", `pools: [${pool}]`);
  project.write("apps/web/app.mjs", program.replace(', { dataFolder: "data" }', ""));
  project.write("apps/web/chosen.mjs", program);
});

afterAll(() => project[Symbol.dispose]());

it("a worker that stores nothing needs no data folder", async () => {
  await using processes = new Processes({}, project.folder);
  const data = project.path("file/data");
  const worker = await processes.start("worker is ready", [
    ...["worker", "--handlers", "handlers.mjs", "--broker", "127.0.0.1:1", "--data", data, "--children", "1"],
  ]);
  expect(worker.said()).toContain(data);
  expect(existsSync(project.path(".taskwire"))).toBe(false);
});

it("a producer of a workspace's package reports its folder once, and that no broker reads it", async () => {
  const { out, err } = await project.node(
    ["app.mjs"],
    { env: { TASKWIRE_DATA: "", TASKWIRE_LOG_LEVEL: "" } },
    "apps/web",
  );
  const folder = project.path(".taskwire");
  expect(out).toBe("sent one\n");
  expect(err.split("\n")[0]).toBe(
    `taskwire: environment "test" stores in ${folder} (TASKWIRE_DATA or connect(environment, { dataFolder }) names another)`,
  );
  expect(err).toContain(
    `[unread] TaskwireWarning: no broker has ever read topic "work" in ${folder}; start one with \`taskwire broker --env test\``,
  );
  expect(existsSync(project.path(".taskwire/log.db"))).toBe(true);
  expect(existsSync(project.path("apps/web/.taskwire"))).toBe(false);
});

it("a producer with a folder that somebody named warns only, and TASKWIRE_LOG_LEVEL=warn leaves out the report", async () => {
  const chosen = await project.node(["chosen.mjs"], { env: { TASKWIRE_DATA: "" } }, "apps/web");
  expect(chosen.err).not.toContain("stores in");
  expect(chosen.err).toContain(`no broker has ever read topic "work" in ${project.path("apps/web/data")}`);
  const quiet = await project.node(["app.mjs"], { env: { TASKWIRE_DATA: "", TASKWIRE_LOG_LEVEL: "warn" } }, "apps/web");
  expect(quiet.err).not.toContain("stores in");
});
