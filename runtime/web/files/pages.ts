import { type BuiltFiles, readBuilt } from "./built-files.js";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Taskwire</title></head>
<body>
<h1>The console is not built</h1>
<p>This installation of taskwire has no files of the console. In a checkout of its repository, run
<code>npm run build</code> and start this process again. In an installed package, install it again:
the files belong to <code>node_modules/taskwire/dist/console</code>.</p>
<p>The HTTP API below <code>api/v1/</code> and the command line work without it.</p>
</body>
</html>
`;

/** The pages of the console and their files, below a prefix. Every page is the same document: what it shows is in its address. */
export class Pages {
  readonly #prefix: string;
  readonly #built: BuiltFiles;

  constructor(prefix: string, built: BuiltFiles = readBuilt()) {
    this.#prefix = prefix;
    this.#built = built;
  }

  /** `path`: of a request below the prefix, as it was sent. */
  async respond({ method, headers }: Request, path: string): Promise<Response> {
    if (method !== "GET" && method !== "HEAD")
      return new Response("only GET and HEAD are supported\n", { status: 405, headers: { allow: "GET, HEAD" } });
    if (path === this.#prefix.slice(0, -1))
      return new Response(null, { status: 307, headers: { location: this.#prefix } });
    const name = path.slice(this.#prefix.length);
    const file = this.#built.files.get(name);
    if (file !== undefined) return file.response(headers.get("accept-encoding") ?? "");
    if (name.startsWith("assets/")) return this.#missing();
    const { index } = this.#built;
    if (index === undefined) return page(503, NOT_BUILT);
    return page(200, based(index, this.#prefix));
  }

  /** A page of an older version that is still open asks for files that are gone. */
  #missing(): Response {
    return new Response("no such file; reload the page\n", { status: 404, headers: { "cache-control": "no-store" } });
  }
}

/** The document, with all its addresses relative to the prefix. The element comes first: it concerns what follows it. */
function based(index: string, prefix: string): string {
  return index.replace(/[ \t]*<base [^>]*>\n?/, "").replace("<head>", `<head>\n    <base href="${prefix}" />`);
}

function page(status: number, html: string): Response {
  return new Response(html, {
    status,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}
