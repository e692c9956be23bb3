import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const YEAR_SECONDS = 31_536_000;
const HOUR_SECONDS = 3600;
/** Pictures and fonts are compressed already. */
const COMPRESSIBLE = /^text\/|svg/;
/** Higher ones take ten times as long for a few percent. */
const BROTLI_QUALITY = 9;

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

type Encoding = "br" | "gzip";

/** A file of the console. It is compressed when it is first asked for, once. */
export class StaticFile {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #type: string;
  readonly #hashed: boolean;
  readonly #compressed = new Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>();

  /** `hashed`: its name changes with its content. */
  constructor(bytes: Buffer, type: string, hashed: boolean) {
    this.#bytes = new Uint8Array(bytes);
    this.#type = type;
    this.#hashed = hashed;
  }

  async response(accepted: string): Promise<Response> {
    const encoding = COMPRESSIBLE.test(this.#type) ? encodingOf(accepted) : undefined;
    const bytes = encoding === undefined ? this.#bytes : await this.#as(encoding);
    return new Response(bytes, {
      headers: {
        "content-type": this.#type,
        "content-length": String(bytes.byteLength),
        "cache-control": this.#hashed
          ? `public, max-age=${YEAR_SECONDS}, immutable`
          : `public, max-age=${HOUR_SECONDS}`,
        vary: "accept-encoding",
        ...(encoding === undefined ? {} : { "content-encoding": encoding }),
      },
    });
  }

  #as(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#compressed.get(encoding) ?? compressed(this.#bytes, encoding);
    this.#compressed.set(encoding, known);
    return known;
  }
}

async function compressed(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === "gzip") return new Uint8Array(await gzipped(bytes, { level: 9 }));
  return new Uint8Array(await brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }));
}

/** The better one that the client takes. */
function encodingOf(accepted: string): Encoding | undefined {
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(",")
      .map((each) => each.trim())
      .filter((each) => !/;\s*q=0(\.0*)?$/.test(each))
      .map((each) => each.split(";", 1)[0]),
  );
  if (taken.has("br")) return "br";
  return taken.has("gzip") ? "gzip" : undefined;
}
