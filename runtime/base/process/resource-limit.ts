import { codeOf } from "../errors.js";

/** The limit that was reached, by error code, and how to raise it. */
const LIMITS: Readonly<Record<string, string>> = {
  EMFILE: "this process has reached its limit of open files and connections: raise `ulimit -n`",
  ENFILE: "the machine has reached its limit of open files: raise `sysctl fs.file-max`",
  EAGAIN:
    "the limit of processes and threads is reached: raise `ulimit -u` or the container's limit of pids, or lower --children",
  ENOMEM: "there is not enough memory for another process: lower --children",
};

/** The limit behind an error of opening a file or of starting a process; undefined for other errors. */
export function resourceLimitOf(error: unknown): string | undefined {
  return LIMITS[codeOf(error)];
}
