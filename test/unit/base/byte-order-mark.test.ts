import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel } from "taskwire/model";
import { afterAll, describe, expect, it } from "vitest";
import { bytesWithoutByteOrderMark, withoutByteOrderMark } from "#runtime/base/files/byte-order-mark.js";
import { packageConfig } from "#runtime/cli/package-config.js";
import { secretsFrom } from "#runtime/wire/security/secrets-source.js";
import { tlsFrom } from "#runtime/wire/security/tls.js";
import { Authority, NO_OPENSSL } from "../../support/wire/certificates.js";

const folder = mkdtempSync(join(tmpdir(), "taskwire-mark-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With a mark at the start and CRLF, as Notepad saves it. */
function saved(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, `\uFEFF${text.replaceAll("\n", "\r\n")}`);
  return file;
}

describe("a mark at the start of a file and CRLF are no fault", () => {
  it("of a string or of bytes, whatever follows", () => {
    expect(withoutByteOrderMark("\uFEFFa\uFEFF")).toBe("a\uFEFF");
    expect(withoutByteOrderMark("a")).toBe("a");
    expect(String(bytesWithoutByteOrderMark(Buffer.from("\uFEFFa")))).toBe("a");
    expect(bytesWithoutByteOrderMark(Buffer.alloc(0))).toHaveLength(0);
  });

  it("in package.json", () => {
    saved("package.json", JSON.stringify({ taskwire: { schema: "tasks" } }, null, 2));
    expect(packageConfig(folder).schema).toBe(join(folder, "tasks"));
  });

  it("in a file of secrets", () => {
    const file = saved("secrets.json", '[\n"one"\n]\n');
    expect(secretsFrom({ TASKWIRE_SECRETS: `@${file}` })?.secrets.all).toHaveLength(1);
  });

  it("in a model file", async () => {
    const model = { taskwire: 1, application: "a", hash: "", types: [], namespaces: [], environments: [] };
    expect(await loadModel(saved("taskwire.json", JSON.stringify(model, null, 2)))).toMatchObject({ application: "a" });
  });

  it.skipIf(NO_OPENSSL !== undefined)("in PEM files", async () => {
    const { readFileSync } = await import("node:fs");
    const authority = new Authority();
    const { cert, key } = authority.issue("marked", "IP:127.0.0.1");
    const [certFile, keyFile] = [saved("a.pem", readFileSync(cert, "utf8")), saved("a.key", readFileSync(key, "utf8"))];
    const tls = tlsFrom({ TASKWIRE_TLS_CERT: certFile, TASKWIRE_TLS_KEY: keyFile, TASKWIRE_TLS_CA: certFile });
    expect(String(tls?.identity?.cert)).toMatch(/^-----BEGIN CERTIFICATE/);
    rmSync(authority.folder, { recursive: true, force: true });
  });
});
