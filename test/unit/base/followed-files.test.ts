import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { messageOf } from "#runtime/base/errors.js";
import { FollowedFiles } from "#runtime/base/files/followed-files.js";
import { silentLogger } from "#runtime/base/logger.js";

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-followed-"));
  said = [];
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFileSync(path(name), text);
const look = (times = 1) => vi.advanceTimersByTime(1000 * times);

/** A pair of files that can be used when both hold the same. */
function pair(): FollowedFiles {
  const files = [path("one"), path("two")];
  return new FollowedFiles({
    files,
    take: () => {
      const [one, two] = files.map((file) => readFileSync(file, "utf8"));
      if (one !== two) throw new Error(`${one} and ${two} are no pair`);
      said.push(`use ${one}`);
    },
    taken: () => said.push("taken"),
    refused: (_logger, error) => said.push(messageOf(error)),
  });
}

describe("files that are followed", () => {
  beforeEach(() => {
    write("one", "a");
    write("two", "a");
  });

  it("are taken when they change, and left alone while they do not", () => {
    const stop = pair().watch(silentLogger);
    look(5);
    expect(said).toEqual([]);
    write("one", "b");
    write("two", "b");
    look(5);
    expect(said).toEqual(["use b", "taken"]);
    stop();
    write("one", "c");
    write("two", "c");
    look(5);
    expect(said).toHaveLength(2);
  });

  it("say nothing about a half that is completed before the next look", () => {
    pair().watch(silentLogger);
    write("one", "b");
    look();
    write("two", "b");
    look(5);
    expect(said).toEqual(["use b", "taken"]);
  });

  it("report a half that stays once, and take the whole when it is there", () => {
    pair().watch(silentLogger);
    write("one", "b");
    look(10);
    expect(said).toEqual(["b and a are no pair"]);
    write("two", "b");
    look(10);
    expect(said).toEqual(["b and a are no pair", "use b", "taken"]);
  });

  it("report a file that is gone once, and take it when it is back", () => {
    pair().watch(silentLogger);
    rmSync(path("two"));
    look(10);
    expect(said).toEqual([expect.stringMatching(/ENOENT.*two/)]);
    write("two", "a");
    look(10);
    expect(said.slice(1)).toEqual(["use a", "taken"]);
  });

  it("may change between the first reading and the first look", () => {
    const followed = pair();
    write("one", "b");
    write("two", "b");
    followed.watch(silentLogger);
    look();
    expect(said).toEqual(["use b", "taken"]);
  });

  it("may be links that are turned to other files", () => {
    for (const name of ["one", "two"]) rmSync(path(name));
    for (const version of ["v1", "v2"]) {
      mkdirSync(path(version));
      for (const name of ["one", "two"]) write(join(version, name), version);
    }
    symlinkSync("v1", path("..data"));
    for (const name of ["one", "two"]) symlinkSync(join("..data", name), path(name));
    pair().watch(silentLogger);
    look(3);
    expect(said).toEqual([]);
    symlinkSync("v2", path("..next"));
    renameSync(path("..next"), path("..data"));
    look(3);
    expect(said).toEqual(["use v2", "taken"]);
  });

  it("are taken on demand, and then a problem is reported at once and not again", () => {
    const followed = pair();
    followed.watch(silentLogger);
    followed.reload(silentLogger);
    expect(said).toEqual(["use a", "taken"]);
    write("one", "b");
    followed.reload(silentLogger);
    expect(said.slice(2)).toEqual(["b and a are no pair"]);
    look(10);
    expect(said).toHaveLength(3);
  });
});
