import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { codeOf, messageOf } from "../../base/errors.js";
import { withoutByteOrderMark } from "../../base/files/byte-order-mark.js";
import { FollowedFiles } from "../../base/files/followed-files.js";
import type { Logger } from "../../base/logger.js";
import { parseSecrets, SECRETS_VARIABLE, Secrets, SecretsError } from "./secrets.js";

/** The source of a process's secrets. */
interface SecretsSource {
  readonly secrets: Secrets;
  /** The file that is reloaded; undefined when the variable contains the list itself. */
  readonly file: string | undefined;
  /** Reloads the file. If it cannot be used, the current secrets stay in force and an error is logged. */
  reload(logger: Logger): void;
  /** Reloads the file on each change, until the returned function is called. Does not keep the process alive. */
  watch(logger: Logger): () => void;
}

/**
 * The secrets in the variable, or in the file it names as `@FILE`; undefined when it is not set. Throws SecretsError for anything else, the empty string included, so that a process meant to sign never runs unsigned.
 */
export function secretsFrom(
  environment: NodeJS.ProcessEnv,
  variable: string = SECRETS_VARIABLE,
): SecretsSource | undefined {
  const value = environment[variable];
  if (value === undefined) return undefined;
  if (!value.startsWith("@")) {
    const secrets = new Secrets(parseSecrets(value, variable), variable);
    return { secrets, file: undefined, reload: () => {}, watch: () => () => {} };
  }
  if (value === "@") throw new SecretsError("the file name after @ is missing", variable);
  const file = resolve(value.slice(1));
  const read = () => parseSecrets(textOf(file, variable), variable);
  const followed = new FollowedFiles({
    files: [file],
    take: () => secrets.replace(read()),
    taken: (logger) => logger.info("secrets reloaded", { variable, file, secrets: secrets.all.length }),
    refused: (logger, error) =>
      logger.error("the secrets file cannot be used; the current secrets stay in force", {
        variable,
        file,
        error: messageOf(error),
      }),
  });
  const secrets = new Secrets(read(), variable);
  return {
    secrets,
    file,
    reload: (logger) => followed.reload(logger),
    watch: (logger) => followed.watch(logger),
  };
}

function textOf(file: string, variable: string): string {
  try {
    return withoutByteOrderMark(readFileSync(file, "utf8"));
  } catch (error) {
    throw new SecretsError(`cannot read ${file} (${codeOf(error)})`, variable, { cause: error });
  }
}
