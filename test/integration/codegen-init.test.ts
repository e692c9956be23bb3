import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMAND, type Running, run, until } from "../support/bed.js";
import { Project } from "../support/project.js";

let project: Project;
const running: Running[] = [];

beforeEach(() => {
  project = new Project(true);
});

afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  project[Symbol.dispose]();
});

describe("taskwire init", () => {
  it("leaves one tsc error that names the missing handler; scaffold mends it; then the project runs a task", async () => {
    const { code, out } = await project.taskwire("init", "my app");
    expect(code).toBe(0);
    const steps = [...out.matchAll(/^ {2}(cd|npm|npx) .*$/gm)].map(([line]) => line.trim().split(/ {2,}/)[0]);
    expect(steps).toEqual([
      "cd 'my app'",
      "npm install",
      "npm run build",
      "npx taskwire scaffold",
      "npm run dev",
      "npm run send",
    ]);
    const manifest = JSON.parse(project.read("my app/package.json"));
    expect(manifest).toMatchObject({
      name: "my-app",
      scripts: { build: "tsc", dev: "tsc && taskwire dev", send: "tsc && node dist/send.js" },
    });
    expect(project.read("my app/schema/taskwire.yaml").split("\n")[0]).toBe(
      "# yaml-language-server: $schema=../node_modules/@taskwire/codegen/taskwire.schema.json",
    );

    const first = await project.tsc("my app");
    expect(first.code).not.toBe(0);
    expect(first.out.match(/error TS/g)).toHaveLength(1);
    expect(first.out).toMatch(
      /^src\/emails\.ts\(\d+,\d+\): .*\n {2}Property 'sendWelcome' is missing .* 'EmailsHandlers'/,
    );

    expect(await inApp("scaffold")).toMatchObject({ code: 0 });
    expect(await project.tsc("my app")).toMatchObject({ code: 0, out: "" });
    expect(await inApp("codegen", "--check")).toMatchObject({ code: 0 });
    expect(await inApp("lint", "--strict")).toMatchObject({ code: 0, out: "" });

    project.edit("my app/src/emails.ts", (text) =>
      text
        .replace("async (_parameters, _task)", "async ({ address, name })")
        .replace(/throw new Error\(.*\);/, 'console.log("Welcome,", name, address);'),
    );
    expect(await project.tsc("my app")).toMatchObject({ code: 0, out: "" });
    const dev = run(["dev", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"], {}, project.path("my app"));
    running.push(dev);
    await until(() => dev.said().includes("worker is ready"));
    expect(await project.node(["dist/send.js"], { env: { NODE_ENV: "development" } }, "my app")).toMatchObject({
      code: 0,
    });
    await until(() => dev.said().includes("Welcome, Ada ada@example.org"));
    project.edit("my app/schema/taskwire.yaml", (text) =>
      text.replace("    tasks:\n", "    tasks:\n      send_bye: {}\n"),
    );
    await until(() => dev.said().includes("schema changed; codegen has run files=schema/taskwire.yaml"));
    expect(project.read("my app/src/generated/namespaces/emails.ts")).toContain("sendBye");
  }, 300_000);

  it("replaces nothing: it names all that is there, and writes nothing", async () => {
    project.write("app/src/emails.ts", "mine\n");
    project.write("app/tsconfig.json", "{}\n");
    project.write("app/LICENSE", "mine\n");
    const before = project.tree("app");
    const { code, err } = await project.taskwire("init", "app");
    expect(code).toBe(1);
    expect(err).toContain(
      "nothing was written, because these are there already:\n  tsconfig.json\n  src/emails.ts\nName",
    );
    expect(project.tree("app")).toEqual(before);
    expect(existsSync(project.path("app/schema"))).toBe(false);
  });
});

function inApp(...args: readonly string[]) {
  return project.node([COMMAND, ...args], {}, "my app");
}
