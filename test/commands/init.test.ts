import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { COMMAND, type Running, run } from "../support/processes/command.js";
import { Project } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

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
  it("leaves one tsc error that names the missing handler; scaffold adds it; then the project runs a task", async () => {
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
      scripts: { build: "tsc", dev: "taskwire dev --handlers src/handlers.ts", send: "tsc && node dist/send.js" },
      devDependencies: { tsx: expect.any(String) },
      allowScripts: { "better-sqlite3": true },
    });
    expect(project.read("my app/.gitattributes")).toMatch(/^src\/generated\/\*\* text eol=lf/);
    expect(parse(project.read("my app/pnpm-workspace.yaml"))).toEqual({
      packages: ["."],
      onlyBuiltDependencies: ["better-sqlite3"],
      allowBuilds: manifest.allowScripts,
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
    await until(() => dev.said().includes("schema changed; generated code updated files=schema/taskwire.yaml"));
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
      "already contains these files, so nothing was written:\n  tsconfig.json\n  src/emails.ts\nName",
    );
    expect(project.tree("app")).toEqual(before);
    expect(existsSync(project.path("app/schema"))).toBe(false);
  });
});

describe("taskwire init --existing", () => {
  const MANIFEST =
    '{\r\n\t"name": "@acme/web-shop",\r\n\t"files": ["a", "b"],\r\n\t"scripts": { "dev": "next dev" }\r\n}\r\n';
  const TSCONFIG = '{ "compilerOptions": { "outDir": "build", "rootDir": "src", "module": "nodenext" } } // mine\n';

  beforeEach(() => {
    project.write("app/package.json", MANIFEST);
    project.write("app/tsconfig.json", TSCONFIG);
    project.write("app/src/index.ts", "export {};\n");
  });

  it("shows what it would write, and writes nothing before somebody agrees", async () => {
    const before = project.tree("app");
    const { code, out, err } = await project.taskwire("init", "--existing", "app");
    expect(code).toBe(1);
    expect(out).toMatch(/^\+\t"taskwire": \{$/m);
    expect(out).toMatch(/^\+application: web-shop$/m);
    expect(out).toContain("nothing else is changed");
    expect(err).toBe("taskwire: nothing was written: pass --yes to write it\n");
    expect(project.tree("app")).toEqual(before);
  });

  it("adds the block, scripts and a schema, and leaves every other byte as it was", async () => {
    const { code, out } = await project.taskwire("init", "--existing", "--yes", "app");
    expect(code).toBe(0);
    expect(out).toContain("npm install --save-dev @taskwire/codegen tsx");
    const text = project.read("app/package.json");
    expect(text).toContain('\r\n\t"files": ["a", "b"],\r\n');
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({
      name: "@acme/web-shop",
      files: ["a", "b"],
      scripts: {
        dev: "next dev",
        "taskwire:codegen": "taskwire codegen",
        "taskwire:dev": "taskwire dev --handlers src/handlers.ts",
        "taskwire:check": "taskwire codegen --check && taskwire lint --strict",
      },
      taskwire: { schema: "schema", out: "src/generated", handlers: "build/handlers.js" },
    });
    expect(project.read("app/tsconfig.json")).toBe(TSCONFIG);
    const inExisting = (...args: readonly string[]) => project.node([COMMAND, ...args], {}, "app");
    expect(await inExisting("codegen", "--check")).toMatchObject({ code: 0 });
    expect(await inExisting("scaffold")).toMatchObject({ code: 0 });
    expect(project.read("app/src/handlers.ts")).toContain("emails: emailsHandlers");
    const again = await project.taskwire("init", "--existing", "--yes", "app");
    expect(again.out).toContain("nothing to write");
    expect(project.read("app/package.json")).toBe(text);
  });

  it("keeps what other tools have under the same names", async () => {
    project.write("app/schema/tables.sql", "select 1;\n");
    project.write("app/src/generated/client.ts", "export {};\n");
    project.write("app/src/handlers.ts", "export {};\n");
    expect(await project.taskwire("init", "--existing", "--yes", "app")).toMatchObject({ code: 0 });
    expect(JSON.parse(project.read("app/package.json")).taskwire).toEqual({
      schema: "taskwire",
      out: "src/taskwire-generated",
      handlers: "build/task-handlers.js",
    });
  });

  it("names an invalid package.json, and a folder without one", async () => {
    project.write("app/package.json", "{ broken\n");
    const broken = await project.taskwire("init", "--existing", "--yes", "app");
    expect(broken).toMatchObject({ code: 1, out: "" });
    expect(broken.err).toMatch(/^taskwire: .*package\.json: invalid JSON: .*; repair it first\n$/);
    const none = await project.taskwire("init", "--existing", "--yes", "nowhere");
    expect(none.err).toMatch(/^taskwire: there is no package\.json in .*taskwire init my-app\n$/);
  });

  it("is what init offers where a package.json is", async () => {
    expect((await project.taskwire("init", "app")).err).toContain("taskwire init --existing");
  });
});

describe("a place that cannot be written", () => {
  it("is one sentence, of init and of codegen", async () => {
    project.write("file", "a file where a folder would be\n");
    const said = await project.taskwire("init", "file/app");
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toMatch(
      /^taskwire: cannot write .*: part of its path is a file \(ENOTDIR\); make the folder writable[^\n]*\n$/,
    );
    project.write("schema/a.yaml", "taskwire: 1\napplication: a\n");
    const generated = await project.node([COMMAND, "codegen", "--out", "file/out"], {}, ".");
    expect(generated.err).toMatch(
      /^taskwire: cannot write file\/out[^\n]*: part of its path is a file \(ENOTDIR\); [^\n]*\n$/,
    );
  });
});

function inApp(...args: readonly string[]) {
  return project.node([COMMAND, ...args], {}, "my app");
}
