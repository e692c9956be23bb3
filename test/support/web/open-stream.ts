import { request } from "node:http";
import { until } from "../waiting.js";
import { bearer } from "./console.js";

/** A stream of events of a console that is read as it comes. */
export class OpenStream {
  readonly ended: Promise<void>;
  #text = "";
  readonly #abort = new AbortController();

  constructor(address: string, path: string, token: string) {
    const [host = "", port = ""] = address.split(":");
    this.ended = new Promise((resolve, reject) => {
      const asked = request(
        { host, port: Number(port), path, headers: bearer(token), signal: this.#abort.signal },
        (response) => {
          response.on("data", (chunk: Buffer) => {
            this.#text += chunk.toString();
          });
          response.on("close", resolve);
          response.on("error", () => {});
        },
      );
      asked.on("error", reject);
      asked.end();
    });
    this.ended.catch(() => {});
  }

  /** Resolves when the text has come that many times. */
  async said(text: string, times = 1): Promise<void> {
    await until(() => this.#text.split(text).length > times);
  }

  close(): void {
    this.#abort.abort();
  }
}
