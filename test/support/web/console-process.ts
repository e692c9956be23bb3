import type { Processes } from "../processes/processes.js";

const TOKEN = "a".repeat(43);

interface Answered {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A `taskwire console` of one person, asked over HTTP. */
export class ConsoleProcess {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Starts one in front of brokers at these addresses; `flags`: further ones. It ends with `processes`. */
  static async start(
    processes: Processes,
    brokers: readonly string[],
    flags: readonly string[],
    person = "ann",
  ): Promise<ConsoleProcess> {
    const args = ["console", "--broker", brokers.join(","), "--http", "127.0.0.1:0", ...flags];
    const tokens = JSON.stringify([{ name: person, role: "operate", reveal: true, token: TOKEN }]);
    const running = await processes.start("/\n", args, { TASKWIRE_CONSOLE_TOKENS: tokens });
    const [url = ""] = /^http\S+$/m.exec(running.said()) ?? [];
    return new ConsoleProcess(url);
  }

  /** Asks a path of the API; with `change` as POST. */
  async ask(path: string, change?: object): Promise<Answered> {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const posted = change === undefined ? {} : { method: "POST", body: JSON.stringify(change) };
    const answer = await fetch(new URL(`api/v1/${path}`, this.#url), { headers, ...posted });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  }
}
