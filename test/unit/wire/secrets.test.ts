import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import type { Logger } from "#runtime/base/logger.js";
import { parseSecrets, Secrets } from "#runtime/wire/security/secrets.js";
import { secretsFrom } from "#runtime/wire/security/secrets-source.js";
import { until } from "../../support/waiting.js";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function secretsFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-secrets-"));
  folders.push(folder);
  const file = join(folder, "secrets.json");
  writeFileSync(file, text);
  return file;
}

function logging(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const line =
    (level: string) =>
    (message: string, fields = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

const caught = (run: () => unknown): Error => {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("expected an error");
};

describe("TASKWIRE_SECRETS", () => {
  it("is a JSON list of strings, of which the first signs", () => {
    const { secrets } = secretsFrom({ TASKWIRE_SECRETS: '["new","old"]' }) ?? {};
    expect(secrets?.all).toHaveLength(2);
    expect(secrets?.signing.fingerprint).toBe(new Secrets(["new"]).signing.fingerprint);
    expect(secretsFrom({})).toBeUndefined();
  });

  it.each([
    "canary-8113",
    "",
    '"canary-8113"',
    '{"secret":"canary-8113"}',
    '["canary-8113"',
    "['canary-8113']",
    '["canary-8113",""]',
    '["canary-8113",8113]',
    '["canary-8113",["nested"]]',
    "[]",
    "null",
    "@",
    "@/nowhere/secrets.json",
  ])("refuses %j without printing it", (value) => {
    const error = caught(() => secretsFrom({ TASKWIRE_SECRETS: value }));
    expect(error).toMatchObject({ code: "bad_secrets", message: expect.stringContaining("TASKWIRE_SECRETS") });
    expect(inspect(error, { depth: 9 })).not.toContain("8113");
  });

  it("never shows a secret where it is printed", () => {
    const secrets = new Secrets(["canary-8113"]);
    expect(inspect(secrets, { depth: 9, showHidden: true })).not.toContain("canary");
    expect(JSON.stringify([secrets, secrets.signing])).not.toContain("canary");
  });

  it("may name a file, which is read again when it is replaced; a bad one changes nothing", async () => {
    const file = secretsFile('["old"]');
    const logger = logging();
    const source = secretsFrom({ TASKWIRE_SECRETS: `@${file}` });
    if (source === undefined) throw new Error("no secrets");
    const { secrets } = source;
    const old = secrets.signing.fingerprint;
    let changes = 0;
    secrets.onChange(() => {
      changes += 1;
    });
    const stop = source.watch(logger);
    writeFileSync(`${file}.new`, '["new","old"]');
    renameSync(`${file}.new`, file);
    await until(() => changes === 1);
    expect(secrets.all).toHaveLength(2);
    expect(secrets.has(old)).toBe(true);
    stop();
    writeFileSync(file, '["canary-8113", ""]');
    source.reload(logger);
    expect(changes).toBe(1);
    expect(secrets.all).toHaveLength(2);
    expect(logger.lines.at(-1)).toMatch(/^error .*current secrets stay in force.*empty string/);
    rmSync(file);
    source.reload(logger);
    expect(logger.lines.at(-1)).toMatch(/^error .*ENOENT/);
    writeFileSync(file, '["new"]');
    source.reload(logger);
    expect(changes).toBe(2);
    expect(secrets.has(old)).toBe(false);
    expect(logger.lines.join("\n")).not.toContain("8113");
  });

  it("parses what JSON may hold around it", () => {
    expect(parseSecrets(' [ "a" , "ü" ]\n')).toEqual(["a", "ü"]);
  });
});
