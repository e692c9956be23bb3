import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { Watch } from "#runtime/cli/dev/watch.js";
import { until } from "../../support/waiting.js";

it("a watched folder that a build deletes and makes again at once is watched on, over and over", async () => {
  const parent = mkdtempSync(join(tmpdir(), "taskwire-watch-"));
  const folder = join(parent, "dist");
  mkdirSync(folder);
  const heard = new Set<string>();
  const watch = new Watch((files) => files.forEach((file) => void heard.add(file)), silentLogger);
  try {
    await watch.follow([folder]);
    for (let round = 0; round < 5; round += 1) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      // A first change, or the new folder itself, shows that it is watched again; then one more must be seen.
      heard.clear();
      await until(() => heard.size > 0);
      const file = join(folder, `later-${round}.js`);
      await until(() => {
        writeFileSync(file, String(Math.random()));
        return heard.has(file);
      }, 200);
    }
    expect(watch.folders).toEqual([folder]);
  } finally {
    await watch.close();
    rmSync(parent, { recursive: true });
  }
});
