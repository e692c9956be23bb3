import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcome, type Running, run } from "../support/processes/command.js";
import { Project, schemaText } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const ENVIRONMENTS =
  'environments: { local: { clusters: { l: { sqlite: log.db } }, topics: { t: { cluster: l } }, routes: { "*": t } } }\n';
/** Written out, so that no generated code has to be compiled. */
const HANDLERS = `import * as $ from "taskwire/generated";
const one = $.task({
  key: "a.one", name: "a.one", namespace: "a", application: "app", hash: "1",
  processingDeadline: 60_000, parameters: () => $.record({}), environments: () => ({}),
});
export default $.registry("app", { a: { tasks: { one }, handlers: { one: () => {} } } });
`;
const PORTS = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
let project: Project;
let dev: Running | undefined;

beforeEach(async () => {
  project = new Project(true);
  project.write("package.json", '{ "type": "module", "taskwire": { "handlers": "handlers.js" } }');
  project.write("schema/app.yaml", `${schemaText("a: { tasks: { one: { expires: 60 } } }")}${ENVIRONMENTS}`);
  project.write("handlers.js", HANDLERS);
  await project.codegen();
});

afterEach(async () => {
  await dev?.stop();
  dev = undefined;
  project[Symbol.dispose]();
});

describe("the start of taskwire dev", () => {
  it("is announced first, and regenerates what was edited while nothing watched", async () => {
    project.edit("schema/app.yaml", (text) => text.replace("expires: 60", "expires: 90"));
    project.edit("generated/index.ts", (text) => `${text}// mine\n`);
    dev = run(["dev", ...PORTS], {}, project.folder);
    const said = dev.said;
    await until(() => said().includes("watching schema: changes run codegen"));
    expect(said().split("\n")[0]).toMatch(/^dev +\S+ info +starting broker, handlers and scheduler$/);
    expect(said()).toMatch(/^dev .*taskwire dev is ready /m);
    expect(said()).toMatch(/schema changed; generated code updated written=3 removed=0 /);
    expect(await project.codegen(true)).toMatchObject({ code: 0 });
    await until(() => /^dev .*model reloaded /m.test(said()));
    expect(await dev.stop()).toBe(0);
  });

  it("ends with the reason why the broker cannot start, also when the handlers do not load either", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : undefined;
      project.write("handlers.js", 'throw new Error("not loaded");\n');
      const taken = ["--listen", `127.0.0.1:${port}`, "--http", "127.0.0.1:0"];
      const { code, said } = await outcome(["dev", ...taken], {}, project.folder);
      expect(code).toBe(1);
      expect(said).toMatch(new RegExp(`^taskwire: .*127\\.0\\.0\\.1:${port}`, "m"));
      expect(said).not.toContain("not loaded");
    } finally {
      server.close();
    }
  });

  it("ends with the reason why the handlers do not load, and stops the broker in order", async () => {
    project.write("handlers.js", 'throw new Error("not loaded");\n');
    const { code, said } = await outcome(["dev", ...PORTS], {}, project.folder);
    expect(code).toBe(1);
    expect(said).toContain("not loaded");
    expect(said).not.toContain("taskwire dev is ready");
  });
});
