// `npm pack` and `npm publish` of runtime/ and codegen/ run this in the package's folder: dist/ is built from nothing,
// without maps (their sources are not packed), and the licence is put beside it. The files of the console are part of the
// runtime's dist/.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = (...args) => execFileSync(process.execPath, args, { stdio: "inherit" });
rmSync("dist", { recursive: true, force: true });
run(pathOf("node_modules/typescript-7.0/bin/tsc"), "-b", "--sourceMap", "false", "--declarationMap", "false");
if (basename(process.cwd()) === "runtime") {
  run(pathOf("embed.mjs"), "dist");
  run(pathOf("node_modules/vite/bin/vite.js"), "build", pathOf("console"), "--logLevel", "warn");
}
copyFileSync(new URL("LICENSE", import.meta.url), "LICENSE");
