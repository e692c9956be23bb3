import { resolve } from "node:path";
import { messageOf } from "../../base/errors.js";
import { FollowedFiles } from "../../base/files/followed-files.js";
import type { Logger } from "../../base/logger.js";
import { TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE, Tls, tlsFilesFrom } from "./tls.js";

/** The TLS files of a process. */
export interface TlsSource {
  readonly tls: Tls;
  /** Reloads the files. If they cannot be used, the current ones stay in force and an error is logged. */
  reload(logger: Logger): void;
  /** Reloads the files on each change, until the returned function is called. Does not keep the process alive. */
  watch(logger: Logger): () => void;
}

/**
 * The files named by TASKWIRE_TLS_CERT, _KEY and _CA; undefined when none is set. Throws TlsError as tlsFrom() does.
 * They are used all together or not at all: a new certificate waits for its key.
 */
export function tlsSourceFrom(environment: NodeJS.ProcessEnv): TlsSource | undefined {
  const variables = [TLS_CERT_VARIABLE, TLS_KEY_VARIABLE, TLS_CA_VARIABLE];
  // The process may change its working directory.
  const named: NodeJS.ProcessEnv = {};
  for (const variable of variables) {
    const file = environment[variable];
    if (file !== undefined) named[variable] = file === "" ? "" : resolve(file);
  }
  const files = Object.values(named).filter((file) => file !== undefined);
  const followed = new FollowedFiles({
    files,
    take: () => {
      const found = tlsFilesFrom(named);
      if (found !== undefined) tls?.replace(found);
    },
    taken: (logger) => logger.info("TLS files reloaded; new connections use them", { files: files.join(", ") }),
    refused: (logger, error) =>
      logger.error("the TLS files cannot be used; the current ones stay in force until all the new ones can be used", {
        error: messageOf(error),
      }),
  });
  const found = tlsFilesFrom(named);
  const tls = found === undefined ? undefined : new Tls(found);
  return tls === undefined
    ? undefined
    : { tls, reload: (logger) => followed.reload(logger), watch: (logger) => followed.watch(logger) };
}
