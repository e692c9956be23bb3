import path from "node:path";
import { createTwoFilesPatch } from "diff";
import { TaskwireError } from "taskwire/model";
import { withoutByteOrderMark } from "../byte-order-mark.js";
import { type ExistingPlan, planExisting } from "../init/existing.js";
import { init, writeExisting } from "../init/init.js";
import { diffText } from "./diff-text.js";
import { type CommandIo, count } from "./io.js";

export interface InitFlags {
  readonly folder: string;
  readonly json: boolean;
  /** Add to an existing package instead of creating one. */
  readonly existing?: boolean;
  /** Write without asking. */
  readonly yes?: boolean;
  /** Asks for confirmation; absent without a terminal. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** `taskwire init`; its exit code: 1 when the changes were not confirmed. Everything else is thrown. */
export async function initCommand(flags: InitFlags, io: CommandIo): Promise<number> {
  const { folder, json, existing = false } = flags;
  if (existing) return existingCommand(flags, io);
  const result = await init({ folder, cwd: io.cwd });
  if (json) {
    io.out(`${JSON.stringify(result)}\n`);
    return 0;
  }
  const shown = path.relative(io.cwd, result.folder);
  io.out(`${result.name}: ${result.files.length} files written${shown === "" ? "" : ` to ${shown}`}\n\nNext:\n`);
  io.out(steps(shown));
  return 0;
}

/** All changes are shown first. */
async function existingCommand({ folder, json, yes = false, confirm }: InitFlags, io: CommandIo): Promise<number> {
  const plan = planExisting(path.resolve(io.cwd, folder));
  if (!json) show(plan, io);
  if (!(yes || (await confirm?.("Write this? [y/N] ")) === true)) {
    const why = confirm === undefined ? "pass --yes to write it" : "it was not confirmed";
    if (!json) io.err(`taskwire: nothing was written: ${why}\n`);
    else throw new TaskwireError("not_confirmed", `nothing was written: ${why}`);
    return 1;
  }
  const files = await writeExisting(plan);
  if (json) io.out(`${JSON.stringify({ folder: plan.folder, files })}\n`);
  else if (files.length === 0) io.out("\nnothing to write: everything already exists\n");
  else io.out(`\n${count(files.length, "file")} written\n\nNext:\n${existingSteps(plan)}`);
  return 0;
}

function show({ texts, before, out }: ExistingPlan, io: CommandIo): void {
  const plain = (text: string) => withoutByteOrderMark(text).replaceAll("\r\n", "\n");
  const differences = [...texts].map(([file, text]) => {
    const old = before.get(file);
    const from = old === undefined ? "/dev/null" : `on disk/${file}`;
    const diff = createTwoFilesPatch(from, file, plain(old ?? ""), plain(text), undefined, undefined, { context: 2 });
    return { path: file, kind: old === undefined ? "missing" : "changed", diff } as const;
  });
  io.out(diffText(differences, io.colours));
  io.out(`plus the files that taskwire codegen writes to ${out}/; nothing else is changed\n`);
}

function existingSteps({ install, manager }: ExistingPlan): string {
  const add = { npm: "npm install", pnpm: "pnpm add", yarn: "yarn add" }[manager];
  const allow = manager === "pnpm" ? " --allow-build=better-sqlite3" : "";
  const dev = manager === "yarn" ? "--dev" : "--save-dev";
  const run = manager === "npm" ? "npm run" : manager;
  const exec = { npm: "npx", pnpm: "pnpm exec", yarn: "yarn" }[manager];
  const lines = [
    ...(install.run.length === 0 ? [] : [[`${add}${allow} ${install.run.join(" ")}`, ""]]),
    ...(install.dev.length === 0 ? [] : [[`${add} ${dev} ${install.dev.join(" ")}`, ""]]),
    [`${exec} taskwire scaffold`, "writes a stub for every missing handler"],
    [`${run} taskwire:dev`, "broker, worker and scheduler in one process, until Ctrl+C"],
    [`${run} taskwire:check`, "for CI"],
  ];
  const shown = lines.map(([command = "", what = ""]) => `  ${command.padEnd(what === "" ? 0 : 28)}${what}\n`);
  return `${shown.join("")}\nAdd .taskwire/, the data of local runs, to .gitignore.\n`;
}

const steps = (folder: string) => `${folder === "" ? "" : `  cd ${quoted(folder)}\n`}  npm install
  npm run build            fails on purpose: tsc names the missing handler, Property 'sendWelcome'
  npx taskwire scaffold    writes a stub into src/emails.ts; implement it there
  npm run dev              broker and worker in one process, from src; reloads as you save, until Ctrl+C
  npm run send             in a second terminal: sends the task

Then, for every change: edit schema/, run \`npx taskwire codegen\` (\`npm run dev\` does it as you save); tsc reports
missing handlers. \`npm run check\` is for CI.
`;

function quoted(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
}
