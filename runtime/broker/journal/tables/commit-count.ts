import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/** The last durable commit, as stored beside the file. */
interface Committed {
  readonly uuid: string;
  readonly boot: number;
  readonly commits: number;
}

const UUID_BYTES = 36;
const BYTES = 4 + 8 + 8 + UUID_BYTES;

/**
 * The number of the last commit, in a small file beside the in-flight file, written after each commit and never before.
 * SQLite silently drops the end of a damaged write-ahead log, and with it acknowledged commits, claims of at-most-once work
 * among them. An in-flight file whose own number is lower than this one has lost commits. The small file is not synced:
 * after a power loss it may be behind, and then detects less.
 */
export class CommitCount {
  readonly #descriptor: number | undefined;
  readonly #bytes = Buffer.alloc(BYTES);

  /** Stores nothing when its file cannot be opened. */
  constructor(file: string) {
    this.#descriptor = opened(pathOf(file));
  }

  write({ uuid, boot, commits }: Committed): void {
    if (this.#descriptor === undefined) return;
    this.#bytes.writeDoubleLE(boot, 4);
    this.#bytes.writeDoubleLE(commits, 12);
    this.#bytes.write(uuid, 20, UUID_BYTES, "latin1");
    this.#bytes.writeUInt32LE(crc32(this.#bytes.subarray(4)), 0);
    try {
      writeSync(this.#descriptor, this.#bytes, 0, BYTES, 0);
    } catch {
      // A full disk: an older number detects less, and nothing wrong.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  /** undefined: there is none, or it was not written completely. */
  static read(file: string): Committed | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(pathOf(file));
    } catch {
      return undefined;
    }
    if (bytes.length !== BYTES || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
    return {
      uuid: bytes.toString("latin1", 20),
      boot: bytes.readDoubleLE(4),
      commits: bytes.readDoubleLE(12),
    };
  }

  static remove(file: string): void {
    rmSync(pathOf(file), { force: true });
  }
}

function pathOf(file: string): string {
  return `${file}-commits`;
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  } catch {
    return undefined;
  }
}
