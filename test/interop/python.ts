import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where there is no network, the tests are skipped after this. */
const INSTALL_MS = 180_000;

type Python =
  | { readonly kind: "ready"; readonly executable: string }
  | { readonly kind: "absent"; readonly reason: string };

/** A virtual environment with these packages, kept in the user's cache folder for the next time. */
export async function pythonWith(...packages: readonly string[]): Promise<Python> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  try {
    const { stdout: version } = await run("python3", ["-c", "import sys; print(sys.version)"]);
    const name = createHash("sha256")
      .update([version, ...packages].join("\n"))
      .digest("hex")
      .slice(0, 16);
    const folder = join(cache, "taskwire-interop", name);
    const executable = join(folder, "bin", "python");
    const complete = join(folder, "complete");
    if (!existsSync(complete)) {
      mkdirSync(join(cache, "taskwire-interop"), { recursive: true });
      const fresh = mkdtempSync(join(cache, "taskwire-interop", "new-"));
      try {
        await run("python3", ["-m", "venv", fresh]);
        const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
        await run(join(fresh, "bin", "python"), [...install, ...packages], { timeout: INSTALL_MS });
        writeFileSync(join(fresh, "complete"), packages.join("\n"));
        // When several test files need it at once, the first one wins; all are the same.
        if (!existsSync(complete)) renameSync(fresh, folder);
      } catch (error) {
        if (!existsSync(complete)) throw error;
      } finally {
        rmSync(fresh, { recursive: true, force: true });
      }
    }
    return { kind: "ready", executable };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "absent", reason: message.split("\n").slice(0, 2).join(" ").slice(0, 300) };
  }
}

/** A Python program that answers each line of JSON with one. */
export class PythonProgram implements AsyncDisposable {
  readonly #child;
  readonly #lines;
  readonly #exited: Promise<void>;
  #errors = "";

  constructor(executable: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(executable, args, { stdio: ["pipe", "pipe", "pipe"], env });
    this.#child.stderr.on("data", (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes.toString()).slice(-10_000);
    });
    this.#exited = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async ask(question: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true || typeof value !== "string") throw new Error(`the Python program ended:\n${this.#errors}`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
  }
}
