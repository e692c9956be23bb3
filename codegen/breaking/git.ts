import { execFile } from "node:child_process";
import { codeOf, messageOf, TaskwireError } from "taskwire/model";

/** There is nothing to compare with; `code` is no_git, not_a_repository, unknown_ref, no_model or bad_baseline. */
export class BaselineError extends TaskwireError {}

/** Largest output of one call, in bytes. */
const LARGEST = 256 * 1024 * 1024;

export interface Blob {
  /** Relative to the folder that git runs in, with slashes. */
  readonly path: string;
  readonly hash: string;
}

/** Reads a commit. Neither the work tree nor the index is touched. */
export class Commit {
  readonly #cwd: string;
  /** As it was asked for. */
  readonly ref: string;
  readonly hash: string;

  private constructor(cwd: string, ref: string, hash: string) {
    this.#cwd = cwd;
    this.ref = ref;
    this.hash = hash;
  }

  /** Throws BaselineError: no git, no repository, or no such commit. */
  static async find(ref: string, cwd: string): Promise<Commit> {
    const inside = await git(["rev-parse", "--is-inside-work-tree"], cwd);
    if (inside.code !== 0)
      throw new BaselineError(
        "not_a_repository",
        `--against "${ref}" is no file or folder, and ${cwd} is in no git repository; name a folder or a taskwire.json`,
      );
    const found = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], cwd);
    if (found.code !== 0)
      throw new BaselineError(
        "unknown_ref",
        `--against "${ref}": expected a commit, branch or tag of this repository, a folder or a taskwire.json; got none of that name (in a shallow clone: git fetch it first)`,
      );
    return new Commit(cwd, ref, found.out.toString("utf8").trim());
  }

  /** Regular files at or below a path. */
  async files(path: string): Promise<readonly Blob[]> {
    const { code, out, err } = await git(["ls-tree", "-r", "-z", this.hash, "--", path], this.#cwd);
    if (code !== 0) throw new BaselineError("no_model", `--against "${this.ref}": git cannot list ${path}: ${err}`);
    return out
      .toString("utf8")
      .split("\0")
      .flatMap((line) => {
        const match = /^100\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line);
        return match === null ? [] : [{ hash: match[1] ?? "", path: match[2] ?? "" }];
      });
  }

  async read({ hash, path }: Blob): Promise<Buffer> {
    const { code, out, err } = await git(["cat-file", "blob", hash], this.#cwd);
    if (code !== 0) throw new BaselineError("no_model", `--against "${this.ref}": git cannot read ${path}: ${err}`);
    return out;
  }
}

interface Ran {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

function git(args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { cwd, encoding: "buffer", maxBuffer: LARGEST, env: { ...process.env, LC_ALL: "C" } } as const;
    execFile("git", [...args], options, (error, out, err) => {
      if (error === null) resolve({ code: 0, out, err: "" });
      else if (codeOf(error) === "ENOENT")
        reject(
          new BaselineError("no_git", "git is not installed or not on PATH; compare with a folder or a taskwire.json"),
        );
      else if (typeof error.code === "number") resolve({ code: error.code, out, err: err.toString("utf8").trim() });
      else reject(new BaselineError("no_git", `git ${args[0] ?? ""} failed: ${messageOf(error)}`, { cause: error }));
    });
  });
}
