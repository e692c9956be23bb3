import { closeSync, fsyncSync, openSync } from "node:fs";

export function syncFile(path: string): void {
  sync(path, "r+");
}

/** Puts renames in the folder on disk. Windows cannot open folders: there the system does it. */
export function syncFolder(folder: string): void {
  if (process.platform !== "win32") sync(folder, "r");
}

function sync(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
