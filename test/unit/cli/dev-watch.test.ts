import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
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

it("a write is reported also when it follows another event of the file within milliseconds", async () => {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-watch-"));
  const file = join(folder, "handlers.js");
  writeFileSync(file, "");
  let read = "";
  const watch = new Watch((files) => {
    if (files.includes(file)) read = readFileSync(file, "utf8");
  }, silentLogger);
  try {
    await watch.follow([folder]);
    for (let round = 0; round < 20; round += 1) {
      // No change of the contents; its event is handled during the turns that follow.
      chmodSync(file, round % 2 === 0 ? 0o600 : 0o644);
      for (let turns = 0; turns < 3; turns += 1) await stat(file);
      writeFileSync(file, `round ${round}`);
      await until(() => read === `round ${round}`);
    }
  } finally {
    await watch.close();
    rmSync(folder, { recursive: true });
  }
});
