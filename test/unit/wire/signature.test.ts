import { describe, expect, it } from "vitest";
import { Secrets } from "#runtime/wire/security/secrets.js";
import { isSignature, sign, signerOf } from "#runtime/wire/security/signature.js";

const PATH = "/sentry_protos.taskbroker.v1.ConsumerService/GetTask";
const BODY = Buffer.from([0x0a, 0x01, 0x78]);

describe("a signature", () => {
  it("is what Python's hmac makes of the path, a colon and the body", () => {
    // hmac.new("geheim-ü".encode(), path + b":" + body, hashlib.sha256).hexdigest()
    expect(sign(new Secrets(["geheim-ü"]).signing, PATH, BODY)).toBe(
      "f8c1dee84d89c88f36048fea25844e4160ea86c974cf08676d9258dcae363f79",
    );
  });

  it("is verified by any secret of the list, which is named by its fingerprint", () => {
    const rotated = new Secrets(["new", "old"]);
    for (const [index, secret] of ["new", "old"].entries()) {
      const signature = sign(new Secrets([secret]).signing, PATH, BODY);
      expect(signerOf(rotated.all, PATH, BODY, signature)).toBe(rotated.all[index]);
      expect(signerOf(rotated.all, PATH, BODY, signature.toUpperCase())).toBe(rotated.all[index]);
    }
  });

  it("does not hold for another secret, path or body, nor when it is short or no hex", () => {
    const { all, signing } = new Secrets(["one"]);
    const good = sign(signing, PATH, BODY);
    const flipped = Buffer.from(BODY);
    flipped[2] = 0x79;
    const bad: [string, Uint8Array, string][] = [
      [PATH, BODY, sign(new Secrets(["two"]).signing, PATH, BODY)],
      [`${PATH}s`, BODY, good],
      [PATH, flipped, good],
      [PATH, BODY.subarray(1), good],
      [PATH, BODY, good.slice(0, 62)],
      [PATH, BODY, `${good}00`],
      [PATH, BODY, `${good.slice(0, 63)}g`],
      [PATH, BODY, `${good.slice(0, 32)}${"z".repeat(32)}`],
      [PATH, BODY, ""],
    ];
    for (const [path, body, signature] of bad) expect(signerOf(all, path, body, signature)).toBeUndefined();
    expect(signerOf(all, PATH, BODY, good)).toBe(signing);
  });

  it("has the form of exactly 64 hex digits", () => {
    expect(isSignature("aF".repeat(32))).toBe(true);
    for (const text of ["", "a".repeat(63), "a".repeat(65), `${"a".repeat(63)}g`, `${"a".repeat(64)}\n`])
      expect(isSignature(text)).toBe(false);
  });
});
