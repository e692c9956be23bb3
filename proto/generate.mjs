// Regenerates runtime/wire/proto from the .proto files beside this one.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const buf = createRequire(import.meta.url)
  .resolve("@bufbuild/buf/package.json")
  .replace("package.json", "bin/buf");
rmSync(new URL("../runtime/wire/proto", import.meta.url), { recursive: true, force: true });
execFileSync(process.execPath, [buf, "generate", "--include-imports"], { cwd: here, stdio: "inherit" });
