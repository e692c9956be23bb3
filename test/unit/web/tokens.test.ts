import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { configuredTokens, madeToken } from "#runtime/web/guard/token-source.js";
import { parseTokens } from "#runtime/web/guard/tokens.js";

const ann = { name: "ann", role: "operate", reveal: true, token: "a".repeat(32) };
const vera = { name: "vera", role: "view", token: "v".repeat(32) };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-tokens-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the tokens of a console", () => {
  it("are read with name and rights; sensitive values are covered unless the entry says otherwise", () => {
    expect(parseTokens(JSON.stringify([ann, vera]))).toEqual([ann, { ...vera, reveal: false }]);
  });

  it.each([
    ["not JSON", `[{"name":"ann","token":"${ann.token}"`],
    ["an object", JSON.stringify(ann)],
    ["an empty list", "[]"],
    ["a list of strings", JSON.stringify([ann.token])],
    ["an unknown role", JSON.stringify([{ ...ann, role: "admin" }])],
    ["a reveal that is a string", JSON.stringify([{ ...ann, reveal: "false" }])],
    ["a misspelt key", JSON.stringify([{ ...ann, revael: true }])],
    ["an empty name", JSON.stringify([{ ...ann, name: "" }])],
    ["a name with a line break", JSON.stringify([{ ...ann, name: "a\nb" }])],
    ["a name with a direction mark", JSON.stringify([{ ...ann, name: "a\u202eb" }])],
    ["a short token", JSON.stringify([{ ...ann, token: "a".repeat(23) }])],
    ["a token with a space", JSON.stringify([{ ...ann, token: `${ann.token} x` }])],
    ["no token", JSON.stringify([{ name: "ann", role: "view" }])],
    ["two equal tokens", JSON.stringify([ann, { ...vera, token: ann.token }])],
    [
      "1,001 entries",
      JSON.stringify(Array.from({ length: 1001 }, (_, index) => ({ ...ann, token: `${ann.token}${index}` }))),
    ],
  ])("are refused without being quoted: %s", (_, text) => {
    const parse = () => parseTokens(text);
    expect(parse).toThrow(expect.objectContaining({ code: "bad_console_tokens" }));
    expect(parse).not.toThrow(ann.token.slice(0, 8));
  });

  it("are followed in a file: a removed one is gone, and a broken file changes nothing", async () => {
    const file = join(folder, "tokens.json");
    writeFileSync(file, JSON.stringify([ann, vera]));
    const error = vi.fn();
    const source = configuredTokens({ TASKWIRE_CONSOLE_TOKENS: `@${file}` }, { ...silentLogger, error });
    const changed = vi.fn();
    source?.tokens.onChange(changed);
    expect(source?.tokens.find(vera.token)).toMatchObject({ name: "vera", role: "view" });
    writeFileSync(file, JSON.stringify([ann]));
    await vi.waitFor(() => expect(source?.tokens.find(vera.token)).toBeUndefined(), 5000);
    expect(changed).toHaveBeenCalledTimes(1);
    writeFileSync(file, "[");
    await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(1), 5000);
    expect(source?.tokens.find(ann.token)).toMatchObject({ name: "ann" });
    expect(JSON.stringify(error.mock.calls)).not.toContain(ann.token);
    source?.close();
  });

  it.each(["", "@", "@/does/not/exist"])("are required to be usable when the variable is set: %j", (value) => {
    expect(() => configuredTokens({ TASKWIRE_CONSOLE_TOKENS: value }, silentLogger)).toThrow(
      expect.objectContaining({ code: "bad_console_tokens" }),
    );
  });
});

describe("the token that a console makes", () => {
  const file = () => join(folder, "console.token");

  it("has 256 bits in a file that only its owner reads, and is the same at the next start", () => {
    const { made, tokens } = madeToken(folder);
    expect(made?.token).toMatch(/^[\w-]{43}$/);
    expect(readFileSync(file(), "utf8")).toBe(`${made?.token}\n`);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(tokens.find(made?.token ?? "")).toMatchObject({ role: "operate", reveal: true });
    expect(madeToken(folder).made).toEqual(made);
  });

  it("takes the right to read its file from others", () => {
    madeToken(folder);
    chmodSync(file(), 0o644);
    madeToken(folder);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it("is made again when a crash left the file empty, and refused when it holds something else", () => {
    writeFileSync(file(), "");
    expect(madeToken(folder).made?.token).toMatch(/^[\w-]{43}$/);
    writeFileSync(file(), "short");
    expect(() => madeToken(folder)).toThrow(/console\.token holds no token of this package; delete it/);
  });

  it("differs in each folder", () => {
    const other = mkdtempSync(join(tmpdir(), "taskwire-tokens-"));
    expect(madeToken(other).made?.token).not.toBe(madeToken(folder).made?.token);
    rmSync(other, { recursive: true });
  });
});
