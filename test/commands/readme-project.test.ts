import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { pageText } from "../support/pages/pages.js";
import { type Running, run } from "../support/processes/command.js";
import { Project } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const README = pageText("README.md");
const first = README.slice(README.indexOf("## Your first task"), README.indexOf("## Why Taskwire"));
const blocks = (kind: string) =>
  [...first.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);

let project: Project;
let dev: Running | undefined;

beforeAll(() => {
  project = new Project(true);
});
afterAll(async () => {
  await dev?.stop();
  project[Symbol.dispose]();
});

/** `...` is any text. */
const pattern = (line: string) =>
  new RegExp(
    `^${line
      .split("...")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "m",
  );

describe("the first task of README", () => {
  it("is the one that taskwire init writes", async () => {
    expect(await project.taskwire("init", "my-app")).toMatchObject({ code: 0 });
    const schema = parse(project.read("my-app/schema/taskwire.yaml"));
    const shown = parse(blocks("yaml")[0] ?? "");
    expect(schema.retry_policies).toMatchObject(shown.retry_policies);
    const { parameters, retry } = schema.namespaces.emails.tasks.send_welcome;
    const types = Object.entries<{ type: string }>(parameters).map(([name, { type }]) => [name, type]);
    expect({ parameters: Object.fromEntries(types), retry }).toEqual(shown.namespaces.emails.tasks.send_welcome);
    expect(project.read("my-app/src/send.ts")).toContain(blocks("ts")[1]);
  });

  it("does not compile before its handler is written, and prints what README says", async () => {
    const { code, out } = await project.tsc("my-app");
    expect([code === 0, out]).toEqual([false, expect.stringContaining("Property 'sendWelcome' is missing")]);
    project.write("my-app/src/emails.ts", blocks("ts")[0] ?? "");
    expect(await project.tsc("my-app")).toMatchObject({ code: 0, out: "" });

    const ports = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    dev = run(["dev", ...ports], {}, project.path("my-app"));
    const said = () => dev?.said() ?? "";
    await until(() => said().includes("worker is ready"));
    const sent = await project.node(["dist/send.js"], { env: { NODE_ENV: "development" } }, "my-app");
    const [queued = ""] = /(?<=The second terminal prints `)[^`]+/.exec(first) ?? [];
    expect(sent.out.trim().replace(/[0-9a-f]{32}/, "ID")).toBe(queued.replace(/[0-9a-f]{32}/, "ID"));

    const [lines = ""] = blocks("text");
    const varying = (line: string) =>
      line
        .replace(/\d\d:\d\d:\d\d\.\d{3}/, "...")
        .replace(/\b[0-9a-f]{8}(?=\.\.\.)/g, "")
        .replace(/(?<= in )\d+(?= ms)/, "...");
    for (const line of lines.trimEnd().split("\n")) await until(() => pattern(varying(line)).test(said()));
  }, 120_000);
});
