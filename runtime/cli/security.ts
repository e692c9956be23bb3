import type { Logger } from "../base/logger.js";
import { secretsFrom } from "../wire/secrets-source.js";
import type { Security } from "../wire/security.js";
import { tlsFrom } from "../wire/tls.js";

/** What TASKWIRE_SECRETS and TASKWIRE_TLS_* say now. Throws SecretsError and TlsError. */
export function securityFromEnvironment(): Security {
  return { secrets: secretsFrom(process.env)?.secrets, tls: tlsFrom(process.env) };
}

/** The same for a process that runs on: a secrets file is read again when it changes, and at SIGHUP. */
export function processSecurity(logger: Logger): Security {
  const source = secretsFrom(process.env);
  if (source?.file !== undefined) {
    source.watch(logger);
    process.on("SIGHUP", () => source.reload(logger));
  }
  return { secrets: source?.secrets, tls: tlsFrom(process.env) };
}
