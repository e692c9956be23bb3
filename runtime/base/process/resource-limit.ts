import { codeOf } from "../errors.js";

/** What has run out, by the code of the error that says so, and what a person can do. */
const LIMITS: Readonly<Record<string, string>> = {
  EMFILE: "this process has as many files and connections open as it may: raise `ulimit -n`",
  ENFILE: "the machine has as many files open as it may: raise `sysctl fs.file-max`",
  EAGAIN:
    "there are as many processes and threads as there may be: raise `ulimit -u`, or the container's limit of pids, or lower --children",
  ENOMEM: "the machine has no memory left for another process: lower --children",
};

/** Which limit an error of opening a file or of starting a process has met, undefined for other errors. */
export function resourceLimitOf(error: unknown): string | undefined {
  return LIMITS[codeOf(error)];
}
