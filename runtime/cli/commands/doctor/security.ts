import { statSync } from "node:fs";
import { resolve } from "node:path";
import { OPERATION_SECRETS_VARIABLE, SECRETS_VARIABLE } from "../../../wire/security/secrets.js";
import { secretsFrom } from "../../../wire/security/secrets-source.js";
import { TLS_CERT_VARIABLE, tlsFrom } from "../../../wire/security/tls.js";
import { type Check, failed, ok } from "./check.js";

const OTHERS_MAY_READ = 0o004;

/** Secrets and certificates of this process. Whether the broker accepts them is a check of its own. */
export function securityChecks(): Check[] {
  return [
    ...secrets("secrets", SECRETS_VARIABLE, "calls are not signed"),
    ...secrets("operation_secrets", OPERATION_SECRETS_VARIABLE, undefined),
    ...tls(),
  ];
}

function secrets(check: string, variable: string, absent: string | undefined): Check[] {
  try {
    const source = secretsFrom(process.env, variable);
    if (source === undefined) return absent === undefined ? [] : [ok(check, `${variable} is not set: ${absent}`)];
    const { secrets, file } = source;
    if (file !== undefined && (statSync(file).mode & OTHERS_MAY_READ) !== 0)
      return [
        {
          check,
          level: "warn",
          text: `the secrets in ${file} can be read by every user of this machine`,
          hint: `\`chmod o-r ${file}\``,
        },
      ];
    const where = file === undefined ? "" : ` in ${file}`;
    return [ok(check, `${variable} has ${secrets.all.length} of them${where}; the first signs`)];
  } catch (error) {
    return [failed(check, error, `correct ${variable}`)];
  }
}

function tls(): Check[] {
  try {
    if (tlsFrom(process.env) === undefined) return [];
    const certificate = process.env[TLS_CERT_VARIABLE];
    return [ok("tls", `TLS with ${certificate === undefined ? "no certificate of its own" : resolve(certificate)}`)];
  } catch (error) {
    return [failed("tls", error, "correct the TASKWIRE_TLS_ variables or the files that they name")];
  }
}
