import path from "node:path";
import { init } from "../init/init.js";
import type { CommandIo } from "./io.js";

export interface InitFlags {
  readonly folder: string;
  readonly json: boolean;
}

/** `taskwire init`; its exit code is 0, all else is thrown. */
export async function initCommand({ folder, json }: InitFlags, io: CommandIo): Promise<number> {
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

const steps = (folder: string) => `${folder === "" ? "" : `  cd ${quoted(folder)}\n`}  npm install
  npm run build            fails on purpose: tsc names the handler that is missing, Property 'sendWelcome'
  npx taskwire scaffold    writes its stub into src/emails.ts; put the work there
  npm run dev              broker and worker in one process, until Ctrl+C
  npm run send             in a second terminal: runs the task

Then, for every change: edit schema/, run \`npx taskwire codegen\` (or keep \`npx taskwire codegen --watch\` open), and let tsc
say what is to be written. \`npm run check\` is for CI.
`;

function quoted(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
}
