import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("taskwire/package.json"));
const ROOT = join(PACKAGE, "dist/console");

/** As the server sends them. */
export const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
} as const;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

/** The built console under any prefix: its files, and index.html for every screen. */
export class PageFiles {
  async serve(prefix: string, path: string, response: ServerResponse): Promise<void> {
    const type = TYPES[extname(path)];
    const isFile = type !== undefined && !normalize(path).startsWith("..");
    if (isFile && path !== "index.html") {
      const content = await readFile(join(ROOT, normalize(path))).catch(() => undefined);
      if (content === undefined) response.writeHead(404, HEADERS).end();
      else response.writeHead(200, { ...HEADERS, "content-type": type }).end(content);
      return;
    }
    const html = await readFile(join(ROOT, "index.html"), "utf8");
    const based = html.replace(/<base [^>]*>/, "").replace("<head>", `<head><base href="${prefix}">`);
    response
      .writeHead(200, { ...HEADERS, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" })
      .end(based);
  }
}
