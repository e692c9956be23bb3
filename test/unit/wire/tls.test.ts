import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tlsFrom } from "#runtime/wire/security/tls.js";
import { Authority, NO_OPENSSL } from "../../support/wire/certificates.js";

describe("TASKWIRE_TLS_*", () => {
  it("is nothing when none is set, and half a pair is refused", () => {
    expect(tlsFrom({})).toBeUndefined();
    expect(() => tlsFrom({ TASKWIRE_TLS_CERT: "a.pem" })).toThrow(/TASKWIRE_TLS_KEY is not/);
    expect(() => tlsFrom({ TASKWIRE_TLS_KEY: "a.key" })).toThrow(/TASKWIRE_TLS_CERT is not/);
  });

  it("names the variable and the file that cannot be read", () => {
    expect(() => tlsFrom({ TASKWIRE_TLS_CA: "/nowhere/ca.pem" })).toThrow(
      /TASKWIRE_TLS_CA: cannot read "\/nowhere\/ca.pem" \(ENOENT\)/,
    );
    expect(() => tlsFrom({ TASKWIRE_TLS_CERT: "", TASKWIRE_TLS_KEY: "" })).toThrow(/TASKWIRE_TLS_CERT: cannot read ""/);
  });
});

describe.skipIf(NO_OPENSSL !== undefined)(`certificates (${NO_OPENSSL ?? "made by openssl"})`, () => {
  let authority: Authority;
  beforeAll(() => {
    authority = new Authority();
  });
  afterAll(() => rmSync(authority.folder, { recursive: true, force: true }));

  it("are read as they are", () => {
    const { cert, key } = authority.issue("good", "IP:127.0.0.1");
    const tls = tlsFrom({ TASKWIRE_TLS_CERT: cert, TASKWIRE_TLS_KEY: key, TASKWIRE_TLS_CA: authority.ca });
    expect(String(tls?.identity?.cert)).toContain("BEGIN CERTIFICATE");
    expect(String(tls?.identity?.key)).toContain("PRIVATE KEY");
    expect(String(tls?.ca)).toContain("BEGIN CERTIFICATE");
    expect(tlsFrom({ TASKWIRE_TLS_CA: authority.ca })?.identity).toBeUndefined();
  });

  it("are refused before and after their time", () => {
    const { cert, key } = authority.issue("timed", "IP:127.0.0.1");
    const variables = { TASKWIRE_TLS_CERT: cert, TASKWIRE_TLS_KEY: key };
    const day = 86_400_000;
    expect(() => tlsFrom(variables, Date.now() + 3 * day)).toThrow(/TASKWIRE_TLS_CERT: .*timed\.pem has expired on/);
    expect(() => tlsFrom(variables, Date.now() - 3 * day)).toThrow(/valid only from .*clock/);
    expect(() => tlsFrom({ TASKWIRE_TLS_CA: authority.ca }, Date.now() + 3 * day)).toThrow(
      /TASKWIRE_TLS_CA: .*expired/,
    );
  });

  it("are refused with the key of another, and when the file holds something else", () => {
    const one = authority.issue("one", "IP:127.0.0.1");
    const two = authority.issue("two", "IP:127.0.0.1");
    expect(() => tlsFrom({ TASKWIRE_TLS_CERT: one.cert, TASKWIRE_TLS_KEY: two.key })).toThrow(
      /two\.key does not belong to the first certificate in .*one\.pem/,
    );
    expect(() => tlsFrom({ TASKWIRE_TLS_CERT: one.key, TASKWIRE_TLS_KEY: one.key })).toThrow(
      /holds no PEM certificate/,
    );
    expect(() => tlsFrom({ TASKWIRE_TLS_CERT: one.cert, TASKWIRE_TLS_KEY: one.cert })).toThrow(/holds no private key/);
    const broken = authority.file("broken.pem");
    writeFileSync(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect(() => tlsFrom({ TASKWIRE_TLS_CA: broken })).toThrow(/holds a certificate that cannot be read/);
  });

  it("are refused when a file is cut off within a certificate, at whatever length", () => {
    const whole = readFileSync(authority.ca);
    const half = authority.file("half.pem");
    for (const length of [28, 100, whole.length - 2]) {
      writeFileSync(half, Buffer.concat([whole, whole.subarray(0, length)]));
      expect(() => tlsFrom({ TASKWIRE_TLS_CA: half })).toThrow(
        /TASKWIRE_TLS_CA: a certificate in .*half\.pem is truncated/,
      );
    }
    writeFileSync(half, Buffer.concat([whole, whole]));
    expect(tlsFrom({ TASKWIRE_TLS_CA: half })?.ca).toHaveLength(2 * whole.length);
  });

  it("are refused when OpenSSL would not serve them", () => {
    const { cert, key } = authority.issue("short", "IP:127.0.0.1", 2, ["-newkey", "rsa:512", "-nodes"]);
    expect(() => tlsFrom({ TASKWIRE_TLS_CERT: cert, TASKWIRE_TLS_KEY: key })).toThrow(
      /TASKWIRE_TLS_CERT: OpenSSL refuses the certificate in .*short\.pem: .*too small/,
    );
  });
});
