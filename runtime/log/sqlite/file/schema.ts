/** "twlg": distinguishes these files from other databases. */
export const APPLICATION_ID = 0x74776c67;
/** Format 1 has a row for each record; format 2 has chunks. */
export const FORMAT = 2;

/** The tables of a new file. Chunks of topic N are in `chunks_N`; together they hold its offsets without gaps. */
export const SCHEMA = `
  CREATE TABLE log (uuid TEXT NOT NULL);
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    -- Lowest offset that is kept, and the offset of the next record, which was never used before.
    first INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL DEFAULT 0,
    -- Bytes of all bodies, trimmed ones included.
    bytes INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE readers (
    topic INTEGER PRIMARY KEY REFERENCES topics (id),
    journal TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    -- The next offset to read; NULL until the first commit.
    position INTEGER,
    unsettled INTEGER,
    -- Name of the journal's commit that holds everything below the position.
    note TEXT NOT NULL,
    -- Position from which it went back, to read again what another journal held or this one lost, until that is passed again.
    taken_until INTEGER,
    -- Socket that wakes the reader.
    bell TEXT
  );
  CREATE TABLE unique_keys (
    key TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    offset INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX unique_keys_by_age ON unique_keys (at);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/** The body is the last column: a query of the other columns does not read its pages. */
export function chunkTable(topic: number): string {
  return `CREATE TABLE chunks_${topic} (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    bytes_before INTEGER NOT NULL,
    at INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
  )`;
}
