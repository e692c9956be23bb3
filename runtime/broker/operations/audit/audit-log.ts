import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import type { AuditLine } from "../../../operations/documents/audit.js";

/** Bytes of one file, and number of files: the present one and older ones, `.1` the youngest. */
const LARGEST_BYTES = 10 * 1024 * 1024;
const FILES = 5;

interface Waiting {
  readonly line: AuditLine;
  readonly written: () => void;
}

/** The present file of the log, then the older ones. */
export function auditFiles(file: string): string[] {
  return [file, ...Array.from({ length: FILES - 1 }, (_, index) => `${file}.${index + 1}`)];
}

/**
 * The audit log of one broker: JSON lines. Only this process writes the file, as the pool's in-flight file is locked. Lines
 * that wait for the disk together share one sync.
 */
export class AuditLog {
  readonly file: string;
  readonly #logger: Logger;
  readonly #largest: number;
  #handle: FileHandle | undefined;
  #size = 0;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #problem: string | undefined;

  /** `largest`: for tests. */
  constructor(file: string, logger: Logger, largest = LARGEST_BYTES) {
    this.file = file;
    this.#logger = logger;
    this.#largest = largest;
  }

  /** Why the last lines are not in the file; undefined: they are. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Resolves when the line is on disk. When the file cannot be written, the line goes to the logger only, and `problem` says
   * why: on a full disk an operator has to be able to purge.
   */
  write(line: AuditLine): Promise<void> {
    this.#logger.info("audit", { ...line });
    return new Promise((written) => {
      this.#waiting.push({ line, written });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for the lines that are being written. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(Buffer.from(lines.map(({ line }) => `${JSON.stringify(line)}\n`).join("")));
        this.#problem = undefined;
      } catch (error) {
        this.#problem = messageOf(error);
        this.#logger.error("the audit log cannot be written; its lines are only here, in the broker's log", {
          file: this.file,
          error: this.#problem,
        });
        await this.#forget();
      }
      for (const { written } of lines) written();
    }
    this.#flushing = undefined;
  }

  async #append(bytes: Buffer): Promise<void> {
    let handle = this.#handle ?? (await this.#open());
    if (this.#size > 0 && this.#size + bytes.length > this.#largest) {
      await this.#rotate(handle);
      handle = await this.#open();
    }
    await handle.appendFile(bytes);
    this.#size += bytes.length;
    await handle.datasync();
  }

  /** Opens the present file. A line that a kill has cut ends here, so that the next one begins on a line of its own. */
  async #open(): Promise<FileHandle> {
    const handle = await open(this.file, "a+", 0o600);
    this.#handle = handle;
    const { size } = await handle.stat();
    this.#size = size;
    if (size === 0) await syncFolder(this.file);
    else {
      const last = Buffer.alloc(1);
      await handle.read(last, 0, 1, size - 1);
      if (last[0] !== 10) {
        await handle.appendFile("\n");
        this.#size += 1;
      }
    }
    return handle;
  }

  async #rotate(handle: FileHandle): Promise<void> {
    this.#handle = undefined;
    await handle.close();
    const files = auditFiles(this.file);
    for (let age = files.length - 2; age >= 0; age--) {
      try {
        await rename(files[age] ?? "", files[age + 1] ?? "");
      } catch (error) {
        // Older files are missing while the log is young.
        if (age === 0) throw error;
      }
    }
  }

  /** The next line opens the file again. */
  async #forget(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
  }
}

/** So that a new file's name survives a power loss. */
async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
