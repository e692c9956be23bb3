import { execFile } from "node:child_process";
import { codeOf, messageOf, TaskwireError } from "taskwire/model";

/** Nothing to compare with; `code` is no_git, git_failed, not_a_repository, unknown_ref, no_model or bad_baseline. */
export class BaselineError extends TaskwireError {}

/** Largest output of one call, in bytes. */
const LARGEST = 256 * 1024 * 1024;

interface Blob {
  /** Relative to the folder that git runs in, with slashes. */
  readonly path: string;
  readonly hash: string;
}

/** Reads a commit. Neither the work tree nor the index is touched. */
export class Commit {
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;
  /** As the caller named it. */
  readonly ref: string;
  readonly hash: string;

  private constructor(cwd: string, env: NodeJS.ProcessEnv, ref: string, hash: string) {
    this.#cwd = cwd;
    this.#env = env;
    this.ref = ref;
    this.hash = hash;
  }

  /** Throws BaselineError: no git, no repository, one that git refuses, or no such commit. */
  static async find(ref: string, cwd: string): Promise<Commit> {
    const env = await environmentFor(ref, cwd);
    const found = await git(["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`], cwd, env);
    if (found.code === 0) return new Commit(cwd, env, ref, found.out.toString("utf8").trim());
    const shallow = await git(["rev-parse", "--is-shallow-repository"], cwd, env);
    const isShallow = shallow.out.toString("utf8").trim() === "true";
    // This git error adds nothing to the message.
    const why = /Needed a single revision$/.test(found.err) ? "" : `; git: ${found.err}`;
    throw new BaselineError(
      "unknown_ref",
      `--against "${ref}": expected a commit, branch or tag of this repository, a folder or a taskwire.json; found nothing of that name${why}${isShallow ? `; this is a shallow clone: ${fetching(ref)}` : ""}`,
    );
  }

  /** Regular files at or below a path. */
  async files(path: string): Promise<readonly Blob[]> {
    const { code, out, err } = await git(["ls-tree", "-r", "-z", this.hash, "--", path], this.#cwd, this.#env);
    if (code !== 0) throw new BaselineError("no_model", `--against "${this.ref}": git cannot list ${path}: ${err}`);
    return out
      .toString("utf8")
      .split("\0")
      .flatMap((line) => {
        const submodule = /^160000 commit [0-9a-f]+\t(.+)$/s.exec(line)?.[1];
        if (submodule !== undefined)
          throw new BaselineError(
            "no_model",
            `--against "${this.ref}": ${submodule} is a submodule there, and its files are not in that commit; check the commit out elsewhere with its submodules, and compare with that folder`,
          );
        const match = /^100\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line);
        return match === null ? [] : [{ hash: match[1] ?? "", path: match[2] ?? "" }];
      });
  }

  async read({ hash, path }: Blob): Promise<Buffer> {
    const { code, out, err } = await git(["cat-file", "blob", hash], this.#cwd, this.#env);
    if (code !== 0) throw new BaselineError("no_model", `--against "${this.ref}": git cannot read ${path}: ${err}`);
    return out;
  }
}

/**
 * Variables by which git finds a repository or reads paths in another way. Git sets some of them for its hooks and
 * aliases: they name the repository of that command, relative to a folder that need not be ours.
 */
const LOCAL = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_DIR",
  "GIT_GLOB_PATHSPECS",
  "GIT_GRAFT_FILE",
  "GIT_ICASE_PATHSPECS",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_LITERAL_PATHSPECS",
  "GIT_NAMESPACE",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_QUARANTINE_PATH",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
]);

/**
 * The repository is the one that contains the folder. GIT_DIR and GIT_WORK_TREE apply only if there is none, for users who
 * keep the two apart.
 */
async function environmentFor(ref: string, cwd: string): Promise<NodeJS.ProcessEnv> {
  const inherited: NodeJS.ProcessEnv = { ...process.env, LC_ALL: "C" };
  const own = Object.fromEntries(Object.entries(inherited).filter(([name]) => !LOCAL.has(name.toUpperCase())));
  const question = ["rev-parse", "--git-dir"];
  const found = await git(question, cwd, own);
  if (found.code === 0) return own;
  const isOutside = /not a git repository/.test(found.err);
  if (isOutside && process.env.GIT_DIR !== undefined && (await git(question, cwd, inherited)).code === 0)
    return inherited;
  if (!isOutside)
    throw new BaselineError(
      "git_failed",
      `--against "${ref}" is not a file or folder, and git cannot use the repository of ${cwd}; git: ${found.err}`,
    );
  throw new BaselineError(
    "not_a_repository",
    `--against "${ref}" is not a file or folder, and ${cwd} is not in a git repository; name a folder or a taskwire.json (git: ${found.err})`,
  );
}

/** How to get a commit that a shallow clone lacks; `origin/main` is the branch main of origin. */
function fetching(ref: string): string {
  const [, remote, branch] = /^([\w.-]+)\/([\w./-]+)$/.exec(ref) ?? [];
  if (remote === undefined || branch === undefined) return "run `git fetch --unshallow` first";
  return `run \`git fetch --depth=1 ${remote} ${branch}:refs/remotes/${ref}\` first`;
}

interface Ran {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

function git(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { cwd, encoding: "buffer", maxBuffer: LARGEST, env } as const;
    execFile("git", [...args], options, (error, out, err) => {
      if (error === null) resolve({ code: 0, out, err: "" });
      else if (codeOf(error) === "ENOENT")
        reject(
          new BaselineError("no_git", "git is not installed or not on PATH; compare with a folder or a taskwire.json"),
        );
      else if (typeof error.code === "number") resolve({ code: error.code, out, err: err.toString("utf8").trim() });
      else
        reject(new BaselineError("git_failed", `git ${args[0] ?? ""} failed: ${messageOf(error)}`, { cause: error }));
    });
  });
}
