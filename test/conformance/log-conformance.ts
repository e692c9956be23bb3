import { afterEach, beforeEach, describe } from "vitest";
import { exerciseAppend } from "./log/append.js";
import { exerciseBrowse } from "./log/browse.js";
import { exerciseCommit } from "./log/commit.js";
import { exerciseDelete } from "./log/delete.js";
import { exerciseRead } from "./log/read.js";
import { type LogMaker, LogTrial } from "./log/trial.js";

/** What every log promises. Logs differ only by the skips that they name. */
export function exerciseLog(name: string, maker: LogMaker): void {
  describe(`${name} log`, () => {
    const trial = new LogTrial(maker);
    beforeEach(() => trial.begin());
    afterEach(() => trial.end());

    exerciseAppend(trial);
    exerciseRead(trial);
    exerciseCommit(trial);
    exerciseBrowse(trial);
    exerciseDelete(trial);
  });
}
