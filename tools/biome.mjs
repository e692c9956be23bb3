// Formats and lints the repository: `npm run format`, `npm run lint`. Installs biome at its first run.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { toolFile } from "./tool.mjs";

const biome = toolFile("lint", "@biomejs/biome/bin/biome");
const root = fileURLToPath(new URL("..", import.meta.url));
process.exit(
  spawnSync(process.execPath, [biome, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" }).status ?? 1,
);
