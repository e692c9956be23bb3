// `npm pack` and `npm publish` of runtime/ and codegen/ run this in the package's folder: dist/ is built from nothing,
// without maps (their sources are not packed), and the licence is put beside it.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const compiler = fileURLToPath(new URL("node_modules/typescript-7.0/bin/tsc", import.meta.url));
rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, [compiler, "-b", "--sourceMap", "false", "--declarationMap", "false"], {
  stdio: "inherit",
});
if (existsSync("dist/log/sqlite/thread.js")) {
  execFileSync(process.execPath, [fileURLToPath(new URL("embed.mjs", import.meta.url)), "dist"], { stdio: "inherit" });
}
copyFileSync(new URL("LICENSE", import.meta.url), "LICENSE");
