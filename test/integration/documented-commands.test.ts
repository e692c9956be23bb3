import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadModel, named } from "taskwire/model";
import { expect, test } from "vitest";
import { outcome } from "../support/bed.js";

const ROOT = resolve(import.meta.dirname, "../..");
const FILES = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];
const WITH_SUBCOMMANDS = new Set(["schedule"]);

interface Documented {
  readonly file: string;
  /** `broker`, `schedule list`. */
  readonly command: string;
  readonly flags: readonly string[];
}

/** Every command of taskwire that a page shows, in a block or within a sentence. */
function documented(file: string): Documented[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const shown = [...text.matchAll(/(?:^|`|npx |exec \S+ )taskwire ((?:(?! #)[^`\n|&])+)/gm)];
  return shown.flatMap(([, words = ""]) => {
    const [first = "", second = ""] = words.trim().split(/\s+/);
    if (!/^[a-z]+$/.test(first)) return [];
    const command = WITH_SUBCOMMANDS.has(first) && /^[a-z]+$/.test(second) ? `${first} ${second}` : first;
    return [{ file, command, flags: words.match(/(?<= )--[a-z-]+/g) ?? [] }];
  });
}

const commands = FILES.flatMap(documented);

test("finds the commands of the pages", () => {
  expect(new Set(commands.map(({ command }) => command)).size).toBeGreaterThan(12);
  expect(commands.filter(({ file }) => file === "docs/cluster.md").length).toBeGreaterThan(10);
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

test("README sets every variable that environment saas needs", async () => {
  const { environments } = await loadModel(join(ROOT, "generated/taskwire.json"));
  const clusters = JSON.stringify(named("environment", environments, "saas").clusters);
  const needed = [...clusters.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  const line = /^export (.*KAFKA_INGEST.*?)\s+#/m.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1] ?? "";
  expect(line.split(" ").map((each) => each.split("=")[0])).toEqual(needed);
});
