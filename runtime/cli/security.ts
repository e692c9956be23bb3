import type { Logger } from "../base/logger.js";
import { OPERATION_SECRETS_VARIABLE } from "../wire/security/secrets.js";
import { secretsFrom } from "../wire/security/secrets-source.js";
import type { Security } from "../wire/security/security.js";
import { tlsFrom } from "../wire/security/tls.js";
import { tlsSourceFrom } from "../wire/security/tls-source.js";

/** The present values of TASKWIRE_SECRETS, TASKWIRE_OPERATION_SECRETS and TASKWIRE_TLS_*. Throws SecretsError and TlsError. */
export function securityFromEnvironment(): Security {
  return {
    secrets: secretsFrom(process.env)?.secrets,
    operationSecrets: secretsFrom(process.env, OPERATION_SECRETS_VARIABLE)?.secrets,
    tls: tlsFrom(process.env),
  };
}

/** The same for a long-running process: the files are reloaded when they change and at SIGHUP. */
export function processSecurity(logger: Logger): Security {
  const secrets = secretsFrom(process.env);
  const operationSecrets = secretsFrom(process.env, OPERATION_SECRETS_VARIABLE);
  const tls = tlsSourceFrom(process.env);
  const followed = [secrets, operationSecrets].filter((source) => source?.file !== undefined);
  for (const source of [...followed, tls]) {
    if (source === undefined) continue;
    source.watch(logger);
    process.on("SIGHUP", () => source.reload(logger));
  }
  return { secrets: secrets?.secrets, operationSecrets: operationSecrets?.secrets, tls: tls?.tls };
}
