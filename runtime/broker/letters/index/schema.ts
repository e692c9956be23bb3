import Database from "better-sqlite3";
import { codeOf, TaskwireError } from "../../../base/errors.js";
import { type Connection, isEmpty, isEmptyOrOwn, openSqlite } from "../../../base/sqlite/open.js";

/** "TWLT": the file is an index of dead letters. */
const APPLICATION_ID = 0x54574c54;
/** An index with another number is built again. */
const VERSION = 1;
const LOCK_WAIT_MS = 2000;
const CACHE_KIB = 8192;

/** The file is not an index that this version can use: it is deleted and built again from the log. */
class StaleIndexError extends TaskwireError {
  constructor(why: string, options?: ErrorOptions) {
    super("letters_stale", why, options);
  }
}

/** Opens the index, and creates it. Throws StaleIndexError, and SQLite's errors. */
export function openIndex(file: string): Connection {
  const db = openSqlite(Database, file, {
    busyTimeout: LOCK_WAIT_MS,
    user: "the index of dead letters",
    prepare: (fresh) => {
      if (!isEmptyOrOwn(fresh, APPLICATION_ID)) throw new StaleIndexError("it is not an index of dead letters");
      fresh.pragma("locking_mode = EXCLUSIVE");
      if (isEmpty(fresh)) fresh.pragma("auto_vacuum = INCREMENTAL");
    },
  });
  try {
    // A cache: what a power loss undoes is read again from the log.
    db.pragma("synchronous = NORMAL");
    db.pragma(`cache_size = -${CACHE_KIB}`);
    if (isEmpty(db)) create(db);
    else if (Number(db.pragma("user_version", { simple: true })) !== VERSION) {
      throw new StaleIndexError("another version of Taskwire wrote it");
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether an error means that the file has to be built again. */
export function isStale(error: unknown): boolean {
  return error instanceof StaleIndexError || /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS|ERROR)/.test(codeOf(error));
}

/**
 * One row is one letter: its newest copy, and the marker that counts (standing.ts). `hash` is of topic and identity. `ended`
 * is NULL where only the marker is known: the letter is older than the index reaches. state: 0 open, 1 replayed, 2 purged.
 * `scrub`: purged, and its bytes are still in the log. `copies` has the places of
 * older copies of a letter; `older` counts the letters that the index has let go, up to `upto`.
 */
function create(db: Connection): void {
  db.exec(`
    BEGIN;
    CREATE TABLE letters (
      hash INTEGER NOT NULL, topic TEXT NOT NULL, state INTEGER NOT NULL, scrub INTEGER NOT NULL,
      ended INTEGER, partition INTEGER, offset INTEGER, marker_partition INTEGER, marker_offset INTEGER,
      marker TEXT, letter TEXT
    ) STRICT;
    CREATE UNIQUE INDEX hashes ON letters(hash);
    CREATE INDEX listed ON letters(ended, topic, partition, offset, state) WHERE ended IS NOT NULL;
    CREATE INDEX places ON letters(topic, partition, offset) WHERE ended IS NOT NULL;
    CREATE INDEX markers ON letters(topic, marker_partition, marker_offset) WHERE ended IS NULL;
    CREATE INDEX scrubs ON letters(topic) WHERE scrub = 1;
    CREATE TABLE copies (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, hash INTEGER NOT NULL,
      PRIMARY KEY (topic, partition, offset)
    ) STRICT;
    CREATE INDEX copies_of ON copies(hash);
    CREATE TABLE partitions (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL,
      end INTEGER NOT NULL, fed_at INTEGER NOT NULL, PRIMARY KEY (topic, partition)
    ) STRICT;
    CREATE TABLE older (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, task TEXT NOT NULL, reason TEXT NOT NULL,
      count INTEGER NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY (topic, partition, task, reason)
    ) STRICT;
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${VERSION};
    COMMIT;
  `);
}
