/** Names of types in Python, TypeScript, SQL and protobuf, by the type to write instead. */

/** A foreign type in our words. */
interface Translated {
  /** Written as in the schema: `int`, `string[]`, `json`. */
  readonly type: string;
  /** It may be null, or left out. */
  readonly absent: boolean;
}

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    string: "string str text varchar char character symbol email url uri slug chararray",
    int: "int integer long short int8 int16 int32 uint8 uint16 uint32 i32 u32 uint smallint serial timedelta duration interval",
    bigint: "bigint int64 uint64 i64 u64 biginteger longlong bigserial",
    float: "float double real float32 float64 f32 f64 decimal numeric number",
    bool: "bool boolean flag",
    bytes: "bytes buffer blob binary bytearray bytea uint8array arraybuffer memoryview",
    datetime: "datetime date time timestamp instant timestamptz",
    uuid: "uuid guid uuid4 uuidv4",
    json: "json any dict object map mapping record unknown mixed hash struct dictionary jsonb list array sequence set tuple iterable collection frozenset union namedtuple typeddict dataclass",
  }).flatMap(([type, words]) => words.split(" ").map((word) => [word, type] as const)),
);

const NOTHING = new Set(["none", "null", "undefined", "nil", "nonetype", "void"]);
const LISTS = new Set(
  "list array sequence iterable set frozenset readonlyarray readonlyset collection vec vector tuple repeated".split(
    " ",
  ),
);
const MAPS = new Set("dict map mapping record hashmap hash object dictionary defaultdict ordereddict".split(" "));
const STRINGS = new Set(["string", "uuid"]);

/** What a foreign type is in the schema. Undefined when nothing is known of it. */
export function translated(text: string): Translated | undefined {
  return translate(text.replaceAll(/\s+/g, ""), 0);
}

/** The hint for a foreign type: what to write instead. Undefined for an unknown one. */
export function typeHint(text: string): string | undefined {
  const word = lowered(text);
  if (word === "number") return 'did you mean "int", or "float" for numbers with a fraction?';
  if (word === "timedelta" || word === "duration" || word === "interval")
    return 'did you mean "int", in seconds? Durations have no type of their own';
  if (LISTS.has(word)) return `did you mean "string[]", "int[]" or another type with []? json takes lists of anything`;
  if (word === "optional") return 'write a "?" behind the type instead, such as "int?"';
  if (/^(?:enum|literal|choice)\b/.test(word))
    return "declare the values under types, such as Level: { values: [low, high] }, and write Level";
  if (NOTHING.has(word)) return "a parameter has a type of its own; nullable: true lets it be null as well";
  const found = translated(text);
  if (found === undefined) return undefined;
  if (found.type === "json") {
    const nothing = found.absent ? "; it takes null, too" : "";
    return text.includes("|") || /^union/i.test(text)
      ? `there are no unions: write json, which takes any value${nothing}`
      : `did you mean "json", which takes any value${nothing}?`;
  }
  if (!found.absent) return `did you mean "${found.type}"?`;
  return `write "${found.type}?" for what may be left out, or { type: ${quotedType(found.type)}, nullable: true } for what may be null`;
}

function quotedType(type: string): string {
  return /^\w+$/.test(type) ? type : `"${type}"`;
}

function lowered(text: string): string {
  return text.replace(/^(?:typing|t|datetime|uuid|decimal|collections\.abc|np|numpy)\./, "").toLowerCase();
}

function translate(text: string, depth: number): Translated | undefined {
  if (depth > 8 || text.length > 200) return undefined;
  const parts = split(text, "|");
  if (parts.length > 1) return union(parts, depth);
  if (text.endsWith("?")) return absent(translate(text.slice(0, -1), depth + 1));
  const suffix = /^(.+)(\[\]|\{\})$/.exec(text);
  if (suffix !== null) return around(translate(suffix[1] ?? "", depth + 1), suffix[2] ?? "");
  const word = lowered(text);
  const generic = /^([\w.]+)[[<(](.*)[\]>)]$/.exec(word);
  if (generic === null) {
    const type = WORDS.get(word) ?? (/^[A-Z][A-Za-z0-9]*$/.test(text) ? text : undefined);
    return type === undefined ? undefined : { type, absent: false };
  }
  const [name, start] = [generic[1] ?? "", text.search(/[[<(]/)];
  const inner = split(text.slice(start + 1, -1), ",");
  const first = inner[0] ?? "";
  if (name === "optional" || name === "maybe" || name === "nullable") return absent(translate(first, depth + 1));
  if (name === "annotated" || name === "required" || name === "readonly") return translate(first, depth + 1);
  if (name === "union") return union(inner, depth);
  if (LISTS.has(name)) {
    const same = inner.filter((one) => one !== "...").every((one) => one === first);
    return same ? around(translate(first, depth + 1), "[]") : JSON_TYPE;
  }
  if (MAPS.has(name)) {
    const key = translate(first, depth + 1)?.type ?? "";
    return STRINGS.has(key) && inner.length === 2 ? around(translate(inner[1] ?? "", depth + 1), "{}") : JSON_TYPE;
  }
  const type = WORDS.get(name);
  return type === undefined ? undefined : { type, absent: false };
}

const JSON_TYPE: Translated = { type: "json", absent: false };

function union(parts: readonly string[], depth: number): Translated | undefined {
  const values = parts.filter((part) => !NOTHING.has(lowered(part)));
  const isAbsent = values.length < parts.length;
  const [first = ""] = values;
  if (values.length === 1) {
    const found = translate(first, depth + 1);
    return found === undefined ? undefined : { ...found, absent: isAbsent };
  }
  return { ...JSON_TYPE, absent: isAbsent };
}

function absent(inner: Translated | undefined): Translated | undefined {
  return inner === undefined ? undefined : { ...inner, absent: true };
}

/** Elements are never absent; a list of anything is json. */
function around(element: Translated | undefined, suffix: string): Translated | undefined {
  if (element === undefined) return undefined;
  if (element.absent || element.type === "json") return JSON_TYPE;
  return { type: `${element.type}${suffix}`, absent: false };
}

/** At a separator outside of brackets. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const [at, sign] of [...text].entries()) {
    if ("[<({".includes(sign)) depth++;
    else if ("]>)}".includes(sign)) depth--;
    else if (sign === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
