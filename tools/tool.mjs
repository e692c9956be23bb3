// Tools that few need have a folder of their own here, with its own lock file, and are installed when they are first used.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a file below `tools/<name>/node_modules`, which is installed or brought up to date first. */
export function toolFile(name, file) {
  const folder = new URL(`${name}/`, import.meta.url);
  installed(folder, `tools/${name}`);
  return fileURLToPath(new URL(`node_modules/${file}`, folder));
}

/** Installs what the lock file of a folder lists, unless it is there. `name`: of the folder, for people. */
export function installed(folder, name) {
  const lock = readFileSync(new URL("package-lock.json", folder), "utf8");
  const mark = new URL("node_modules/.installed", folder);
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  process.stderr.write(`installing what is needed in ${name} (once)\n`);
  // Standard output belongs to the tool.
  const options = {
    cwd: fileURLToPath(folder),
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  };
  execFileSync("npm", ["ci", "--ignore-scripts"], options);
  writeFileSync(mark, lock);
}
