import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { codeOf, messageOf } from "../../base/errors.js";
import { withoutByteOrderMark } from "../../base/files/byte-order-mark.js";
import { FollowedFiles } from "../../base/files/followed-files.js";
import type { Logger } from "../../base/logger.js";
import { parseSecrets, SECRETS_VARIABLE, Secrets, SecretsError } from "./secrets.js";

/** Where the secrets of a process come from. */
export interface SecretsSource {
  readonly secrets: Secrets;
  /** The file they are re-read from; undefined when the variable holds the list itself. */
  readonly file: string | undefined;
  /** Reads the file again; one that cannot be used keeps the present secrets and logs an error. */
  reload(logger: Logger): void;
  /** Reads the file again whenever it changes, until the returned function is called. Keeps no process alive. */
  watch(logger: Logger): () => void;
}

/**
 * The secrets that TASKWIRE_SECRETS holds or, as `@FILE`, names; undefined when it is not set. Throws SecretsError for
 * everything else, the empty string included: a process that was meant to sign never runs unsigned.
 */
export function secretsFrom(environment: NodeJS.ProcessEnv): SecretsSource | undefined {
  const value = environment[SECRETS_VARIABLE];
  if (value === undefined) return undefined;
  if (!value.startsWith("@")) {
    return { secrets: new Secrets(parseSecrets(value)), file: undefined, reload: () => {}, watch: () => () => {} };
  }
  if (value === "@") throw new SecretsError("@ names no file");
  const file = resolve(value.slice(1));
  const followed = new FollowedFiles({
    files: [file],
    take: () => secrets.replace(parseSecrets(textOf(file))),
    taken: (logger) => logger.info("the secrets were read again", { file, secrets: secrets.all.length }),
    refused: (logger, error) =>
      logger.error("the secrets file cannot be used; the secrets stay as they are", { file, error: messageOf(error) }),
  });
  const secrets = new Secrets(parseSecrets(textOf(file)));
  return {
    secrets,
    file,
    reload: (logger) => followed.reload(logger),
    watch: (logger) => followed.watch(logger),
  };
}

function textOf(file: string): string {
  try {
    return withoutByteOrderMark(readFileSync(file, "utf8"));
  } catch (error) {
    throw new SecretsError(`cannot read ${file} (${codeOf(error)})`, { cause: error });
  }
}
