import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadModel, named } from "taskwire/model";
import { expect, test } from "vitest";
import { PAGES, pageText, ROOT } from "../support/pages/pages.js";
import { outcome } from "../support/processes/command.js";
import { Project } from "../support/processes/project.js";

const WITH_SUBCOMMANDS = new Set([
  "activations",
  "config",
  "dead-letters",
  "jobs",
  "kill",
  "schedule",
  "tasks",
  "workers",
]);
const SHORT: ReadonlyMap<string, string> = new Map([
  ["act", "activations"],
  ["dlq", "dead-letters"],
]);
const WORD = /^[a-z][a-z-]*$/;

interface Documented {
  readonly file: string;
  /** `broker`, `schedule list`. */
  readonly command: string;
  readonly flags: readonly string[];
}

/** Every command of taskwire that a page shows, in a block or within a sentence. */
function documented(file: string): Documented[] {
  const shown = [...pageText(file).matchAll(/(?:^ *|`|npx |exec \S+ )taskwire ((?:(?! #)[^`\n|&])+)/gm)];
  return shown.flatMap(([, words = ""]) => {
    const [written = "", second = ""] = words.trim().split(/\s+/);
    if (!WORD.test(written)) return [];
    const first = SHORT.get(written) ?? written;
    const command = WITH_SUBCOMMANDS.has(first) && WORD.test(second) ? `${first} ${second}` : first;
    return [{ file, command, flags: words.match(/(?<= )--[a-z-]+/g) ?? [] }];
  });
}

const commands = PAGES.flatMap(documented);

test("finds the commands of the pages", () => {
  expect(new Set(commands.map(({ command }) => command)).size).toBeGreaterThan(12);
  expect(commands.filter(({ file }) => file === "docs/guide/cluster.md").length).toBeGreaterThan(10);
});

test.each([...new Set(commands.map(({ command }) => command))].sort())(
  "taskwire %s is a command, with every flag that a page gives it",
  async (command) => {
    const { code, said } = await outcome([...command.split(" "), "--help"]);
    expect([command, code]).toEqual([command, 0]);
    expect(said).toContain(`Usage: taskwire ${command}`);
    const known = new Set(said.match(/--[a-z-]+/g));
    for (const { file, flags } of commands.filter((each) => each.command === command)) {
      expect([file, flags.filter((flag) => !known.has(flag))]).toEqual([file, []]);
    }
  },
);

test("docs/reference/commands.md is what the --help of every command says; rules, metrics and reasons are those of the source", async () => {
  const print = promisify(execFile)(process.execPath, [join(ROOT, "docs/reference/print.mjs"), "--check"], {
    cwd: ROOT,
  });
  await expect(print).resolves.toMatchObject({ stderr: "" });
});

test("docs/guide/cluster.md sets every variable that environment saas needs", async () => {
  const { environments } = await loadModel(join(ROOT, "generated/taskwire.json"));
  const clusters = JSON.stringify(named("environment", environments, "saas").clusters);
  const needed = [...clusters.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  const line = /^export (.*KAFKA_INGEST.*?)\s+#/m.exec(pageText("docs/guide/cluster.md"))?.[1] ?? "";
  expect(line.split(" ").map((each) => each.split("=")[0])).toEqual(needed);
});

test("every npm script that README and the guide name is one of this repository or of a new project", async () => {
  const manifest: { readonly scripts: object } = JSON.parse(pageText("package.json"));
  using project = new Project();
  expect(await project.taskwire("init", "app")).toMatchObject({ code: 0 });
  const created: { readonly scripts: object } = JSON.parse(project.read("app/package.json"));
  const known = new Set([...Object.keys(manifest.scripts), ...Object.keys(created.scripts)]);
  const named = PAGES.filter((page) => !page.startsWith("docs/internals/")).flatMap((page) =>
    [...pageText(page).matchAll(/npm run ([\w:]+)/g)].map(([, script = ""]) => ({ page, script })),
  );
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter(({ script }) => !known.has(script))).toEqual([]);
});
