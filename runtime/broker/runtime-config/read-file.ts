import { open, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { codeOf, messageOf } from "../../base/errors.js";
import { LARGEST_FILE_BYTES, RuntimeConfigError } from "./parse.js";

/** A string that changes when the file does; "" when there is no file. */
export async function signatureOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch {
    return "";
  }
}

/** The content of the file. Rejects with RuntimeConfigError. */
export async function textOf(file: string): Promise<string> {
  try {
    await using handle = await open(file, "r");
    // Reading one byte more than allowed detects a file that is too large, whatever its size claims.
    const buffer = Buffer.alloc(LARGEST_FILE_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
    if (length > LARGEST_FILE_BYTES)
      throw new RuntimeConfigError(
        file,
        `it is larger than ${LARGEST_FILE_BYTES} bytes; remove entries that are not needed`,
      );
    return buffer.toString("utf8", 0, length);
  } catch (error) {
    if (error instanceof RuntimeConfigError) throw error;
    throw new RuntimeConfigError(
      file,
      codeOf(error) === "ENOENT"
        ? `there is no file ${basename(file)} in ${dirname(file)}; create it or pass another --runtime-config FILE`
        : `it cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
