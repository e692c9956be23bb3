// Regenerates runtime/wire/proto from the .proto files beside this one.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toolFile } from "../tools/tool.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const buf = toolFile("proto", "@bufbuild/buf/bin/buf");
rmSync(new URL("../runtime/wire/proto", import.meta.url), { recursive: true, force: true });
execFileSync(process.execPath, [buf, "generate", "--include-imports"], { cwd: here, stdio: "inherit" });
