import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { freePort } from "../support/processes/operating-system.js";
import { Project } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const ROOT = resolve(import.meta.dirname, "../..");
const GUIDE = readFileSync(join(ROOT, "docs/guide/cluster.md"), "utf8");
const BLOCKS = [...GUIDE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = "", text = ""]) => ({ kind, text }));
const KAFKA_IN_GUIDE = "10.0.0.1:9092";

/** How long a step of the guide may take. */
const PATIENCE_MS = 150_000;

/** A terminal: jobs have numbers, and what runs in the background says what it says in between. */
class Terminal implements AsyncDisposable {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<void>;
  #said = "";
  #commands = 0;

  constructor(cwd: string) {
    const { TASKWIRE_ENV: _, TASKWIRE_DATA: __, ...env } = process.env;
    this.#shell = spawn("bash", ["--norc", "--noprofile"], { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    this.#ended = new Promise((resolve) => this.#shell.once("close", () => resolve()));
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        this.#said += bytes.toString();
      });
    }
    this.#type("set -m");
  }

  get said(): string {
    return this.#said;
  }

  /** Resolves when the shell takes the next command; with the exit code of the last one. */
  async run(text: string): Promise<number> {
    this.#commands += 1;
    const mark = `[${this.#commands} ended with `;
    this.#type(`${text}\necho "${mark}$?]"`);
    const code = () => this.#said.split(mark)[1]?.match(/^(\d+)\]/)?.[1];
    return Number(await until(orGivenUp(code, () => `${text}does not end:\n${this.#said}`)));
  }

  /** Jobs are groups of processes: npx, and what it started. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#type('for job in $(jobs -p); do kill -TERM -- "-$job"; done; wait; exit');
    await this.#ended;
  }

  #type(text: string): void {
    this.#shell.stdin?.write(`${text}\n`);
  }
}

describe.skipIf(NO_KAFKA !== undefined)(`docs/guide/cluster.md on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;
  let project: Project;
  let folder: string;

  beforeAll(async () => {
    server = await KafkaServer.start();
    project = new Project();
    folder = project.path("my-app");
    expect(await project.taskwire("init", "my-app")).toMatchObject({ code: 0 });
    // As npm install has it.
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    project.edit("my-app/schema/taskwire.yaml", (text) =>
      text.replace(
        "        retry: mail_server\n",
        '        retry: mail_server\n        schedule: { cron: "0 8 * * 1", parameters: { address: team@example.org } }\n',
      ),
    );
    project.edit("my-app/src/emails.ts", (text) =>
      text.replace(
        "defineEmailsHandlers({\n",
        'defineEmailsHandlers({\n  sendWelcome: ({ address }) => console.log("Welcome,", address),\n',
      ),
    );
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    project?.[Symbol.dispose]();
  });

  test("names commands that run as they are written, and print what it says", async () => {
    const ports = new Map<string, string>();
    for (const [port = ""] of GUIDE.matchAll(/(?<=127\.0\.0\.1:)\d+/g)) {
      if (!ports.has(port)) ports.set(port, String(await freePort()));
    }
    const placed = (text: string) =>
      text
        .replaceAll(KAFKA_IN_GUIDE, server.address())
        .replace(/(?<=127\.0\.0\.1:)(50\d+)/g, (port) => ports.get(port) ?? port);
    await using terminal = new Terminal(folder);
    let from = 0;
    for (const { kind, text } of BLOCKS) {
      if (kind === "yaml") project.edit("my-app/schema/taskwire.yaml", (schema) => `${schema}${text}`);
      else if (kind === "sh") {
        from = terminal.said.length;
        expect([text, await terminal.run(placed(text)), terminal.said.slice(from)]).toEqual([
          text,
          0,
          expect.anything(),
        ]);
      } else {
        const lacks = () => missing(terminal.said.slice(from), text);
        const why = () => `nothing says ${lacks()}:\n${terminal.said.slice(from)}`;
        await until(orGivenUp(() => lacks() === undefined, why));
      }
    }
    expect(BLOCKS.map(({ kind }) => kind).join(" ")).toBe("yaml sh sh text sh text sh text sh text sh text sh text");
  }, 600_000);
});

/** Looks on, and throws what `why` says when it takes too long. */
function orGivenUp<T>(look: () => T, why: () => string): () => T {
  const end = Date.now() + PATIENCE_MS;
  return () => {
    if (Date.now() > end) throw new Error(why());
    return look();
  };
}

/** The first line that the output lacks, counting repeated lines; `...` stands for anything. */
function missing(said: string, lines: string): string | undefined {
  const found = said.split("\n");
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .find((line) => {
      const parts = line.split("...").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ +/g, " +"));
      const at = found.findIndex((each) => new RegExp(parts.join(".*")).test(each));
      if (at >= 0) found.splice(at, 1);
      return at < 0;
    });
}
