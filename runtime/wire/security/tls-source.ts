import { resolve } from "node:path";
import { messageOf } from "../../base/errors.js";
import { FollowedFiles } from "../../base/files/followed-files.js";
import type { Logger } from "../../base/logger.js";
import { TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE, Tls, tlsFilesFrom } from "./tls.js";

/** The TLS files of a process. */
export interface TlsSource {
  readonly tls: Tls;
  /** Reads the files again; when they cannot be used, those read before stay in use and an error is logged. */
  reload(logger: Logger): void;
  /** Reads the files again whenever they change, until the returned function is called. Keeps no process alive. */
  watch(logger: Logger): () => void;
}

/**
 * The files that TASKWIRE_TLS_CERT, _KEY and _CA name; undefined when none is set. Throws TlsError as tlsFrom() does.
 * They are taken together or not at all: a new certificate waits for its key.
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
    taken: (logger) =>
      logger.info("the TLS files were read again; new connections use them", { files: files.join(", ") }),
    refused: (logger, error) =>
      logger.error("the TLS files cannot be used; the ones read before stay in use until all of them can be", {
        error: messageOf(error),
      }),
  });
  const found = tlsFilesFrom(named);
  const tls = found === undefined ? undefined : new Tls(found);
  return tls === undefined
    ? undefined
    : { tls, reload: (logger) => followed.reload(logger), watch: (logger) => followed.watch(logger) };
}
