/*
 * JSON without loss: integers beyond ±(2^53 - 1) are bigints, objects have no prototype (so that a key such as "constructor"
 * or "__proto__" is a key like any other), and nesting of any depth is read, because nothing recurses.
 */

/** From this many digits on a number may be one that a double rounds. */
const LONG_NUMBER = /\d{16}/;

/** Reads JSON. Throws SyntaxError. */
export function readJson(text: string): unknown {
  // JSON.parse checks the text, with good messages, and is the fastest where no number is long.
  const value: unknown = JSON.parse(text);
  return LONG_NUMBER.test(text) ? new Reader(text).read() : withoutPrototypes(value);
}

function withoutPrototypes(value: unknown): unknown {
  const open: unknown[] = [value];
  for (let each = open.pop(); each !== undefined || open.length > 0; each = open.pop()) {
    if (typeof each !== "object" || each === null) continue;
    if (!Array.isArray(each)) Object.setPrototypeOf(each, null);
    for (const inner of Object.values(each)) if (typeof inner === "object" && inner !== null) open.push(inner);
  }
  return value;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

type Container = { readonly list: unknown[] } | { readonly object: Record<string, unknown>; key: string | undefined };

/** Reads a text that is known to be JSON. */
class Reader {
  readonly #text: string;
  readonly #open: Container[] = [];
  #at = 0;
  #result: unknown;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    do {
      this.#skip();
      this.#step(this.#text[this.#at] ?? "");
    } while (this.#open.length > 0);
    return this.#result;
  }

  #step(first: string): void {
    if (first === "{") {
      const object: Record<string, unknown> = Object.create(null);
      this.#put(object);
      this.#open.push({ object, key: undefined });
      this.#at += 1;
    } else if (first === "[") {
      const list: unknown[] = [];
      this.#put(list);
      this.#open.push({ list });
      this.#at += 1;
    } else if (first === "}" || first === "]") {
      this.#open.pop();
      this.#at += 1;
    } else if (first === '"') {
      this.#word(this.#string());
    } else {
      this.#put(this.#scalar());
    }
  }

  /** A string is a key where an object expects one. */
  #word(string: string): void {
    const container = this.#open.at(-1);
    if (container !== undefined && "object" in container && container.key === undefined) container.key = string;
    else this.#put(string);
  }

  #put(value: unknown): void {
    const container = this.#open.at(-1);
    if (container === undefined) this.#result = value;
    else if ("list" in container) container.list.push(value);
    else {
      container.object[container.key ?? ""] = value;
      container.key = undefined;
    }
  }

  /** By hand: a pattern that matches each character runs out of stack at some millions of them. */
  #string(): string {
    let end = this.#at + 1;
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(end))
      end += code === BACKSLASH ? 2 : 1;
    const string = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    return String(JSON.parse(string));
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#at;
    const [text = ""] = SCALAR.exec(this.#text) ?? [];
    this.#at += text.length;
    if (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
    return JSON.parse(text);
  }

  #skip(): void {
    while (" \t\n\r,:".includes(this.#text[this.#at] ?? "!")) this.#at += 1;
  }
}

const SCALAR = /[-+.\w]+/y;

/** A string that no data has. crypto.randomUUID exists only in secure contexts, not over plain HTTP. */
export function newMark(): string {
  return `mark-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
}

/** JSON of a value that readJson returned; bigints are written as numbers. `indent`: spaces a level, 0: one line. */
export function printJson(value: unknown, indent = 2): string {
  // JSON.stringify cannot write a bigint as a number: it gets a string that nothing else can be, and the quotes are removed.
  const mark = `${newMark()}:`;
  const text = JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${mark}${each}` : each), indent);
  return text === undefined ? "null" : text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
}
