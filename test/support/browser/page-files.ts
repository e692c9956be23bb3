import type { IncomingMessage, ServerResponse } from "node:http";
import { readBuilt } from "#runtime/web/files/built-files.js";
import { secured } from "#runtime/web/files/headers.js";
import { Pages } from "#runtime/web/files/pages.js";

/** As the server sends them. */
export const HEADERS = Object.fromEntries(secured(new Response()).headers);

/** The built console under any prefix, as the server sends it. */
export class PageFiles {
  readonly #built = readBuilt();
  readonly #pages = new Map<string, Pages>();

  async serve(prefix: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pages = this.#pages.get(prefix) ?? new Pages(prefix, this.#built);
    this.#pages.set(prefix, pages);
    const asked = new Request(new URL(path, "http://bed"), {
      headers: { "accept-encoding": request.headers["accept-encoding"] ?? "" },
    });
    const answered = secured(await pages.respond(asked, path));
    response
      .writeHead(answered.status, Object.fromEntries(answered.headers))
      .end(Buffer.from(await answered.arrayBuffer()));
  }
}
