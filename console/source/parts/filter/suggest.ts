import { type FilterNoun, NOUNS } from "../../../../runtime/operations/filter/filter.js";

/** Values that are known of a key: tasks of the model, workers that are connected. */
export interface Known {
  readonly task?: readonly string[];
  readonly ns?: readonly string[];
  readonly app?: readonly string[];
  readonly topic?: readonly string[];
  readonly worker?: readonly string[];
  readonly reason?: readonly string[];
  readonly end?: readonly string[];
  /** Names of parameters that are not sensitive. */
  readonly args?: readonly string[];
}

export interface Suggestion {
  /** What is shown. */
  readonly text: string;
  /** What it says more. */
  readonly about: string;
  /** The whole filter with it, and where the caret stands then. */
  readonly filter: string;
  readonly caret: number;
}

const ABOUT: Readonly<Record<string, string>> = {
  state: "where it is",
  app: "application",
  ns: "namespace",
  task: "wire name, a star at the end matches more",
  topic: "topic",
  id: "first characters of the id",
  worker: "worker that has it",
  reason: "why it failed",
  fp: "error group",
  error: "text of the error",
  end: "how it ended",
  age: "since it was received: age>10m",
  due: "until it is due: due<1h",
  attempts: "number of the run: attempts>=2",
  args: "value of a parameter: args.name=5",
};

const COMPARED: ReadonlySet<string> = new Set(["age", "due", "attempts"]);
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  age: [">1m", ">10m", ">1h", ">1d"],
  due: ["<1m", "<1h", "<1d"],
  attempts: [">=2", ">=3"],
};
/** Most suggestions. */
const MOST = 12;

/** What may follow where the caret stands: a key, or a value of the key before it. */
export function suggest(filter: string, caret: number, noun: FilterNoun, known: Known = {}): readonly Suggestion[] {
  const from = startOf(filter, caret);
  const word = filter.slice(from, caret);
  const rest = filter.slice(caret).replace(/^\S+/, "");
  const written = /^(args\.[^=]*|[a-z]+)(:|=|>=|<=|>|<)(.*)$/s.exec(word);
  const found = written === null ? keysFor(word, noun, known) : valuesFor(written, noun, known);
  return found.slice(0, MOST).map(({ text, about, closed }) => {
    const put = closed ? `${text}${rest.startsWith(" ") ? "" : " "}` : text;
    return {
      text,
      about,
      filter: `${filter.slice(0, from)}${put}${rest}`,
      caret: from + put.length + (closed && rest.startsWith(" ") ? 1 : 0),
    };
  });
}

interface Found {
  readonly text: string;
  readonly about: string;
  /** The term is complete with it. */
  readonly closed: boolean;
}

/** Where the term around the caret begins; spaces in quotes do not end one. */
function startOf(filter: string, caret: number): number {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < caret; at += 1) {
    if (filter[at] === "\\" && quoted) at += 1;
    else if (filter[at] === '"') quoted = !quoted;
    else if (!quoted && /\s/.test(filter[at] ?? "")) start = at + 1;
  }
  return start;
}

function keysFor(word: string, noun: FilterNoun, known: Known): Found[] {
  const args = (known.args ?? []).map((name) => ({
    text: `args.${name}=`,
    about: "value of a parameter",
    closed: false,
  }));
  const keys = NOUNS[noun].keys.flatMap((key) => {
    if (key === "args")
      return word.startsWith("args.") ? [] : [{ text: "args.", about: ABOUT.args ?? "", closed: false }];
    return [{ text: COMPARED.has(key) ? key : `${key}:`, about: ABOUT[key] ?? "", closed: false }];
  });
  const all = word.startsWith("args.") && NOUNS[noun].keys.includes("args") ? args : keys;
  const starts = all.filter(({ text }) => text.startsWith(word));
  if (starts.length > 0 || word === "" || word.startsWith("args.")) return starts;
  // A word alone is most often a part of a task's name.
  return matching(known.task ?? [], word).map((name) => ({
    text: `task:${quoted(name)}`,
    about: "task",
    closed: true,
  }));
}

function valuesFor([, key = "", sign = "", values = ""]: readonly string[], noun: FilterNoun, known: Known): Found[] {
  if (COMPARED.has(key)) {
    return (EXAMPLES[key] ?? [])
      .filter((each) => each.startsWith(`${sign}${values}`))
      .map((each) => ({ text: `${key}${each}`, about: "", closed: true }));
  }
  const before = values.slice(0, values.lastIndexOf(",") + 1);
  const last = values.slice(before.length).replace(/^"/, "");
  const taken = new Set(before.split(","));
  return matching(valuesOf(key, noun, known), last)
    .filter((value) => !taken.has(value))
    .map((value) => ({ text: `${key}${sign}${before}${quoted(value)}`, about: "", closed: true }));
}

function valuesOf(key: string, noun: FilterNoun, known: Known): readonly string[] {
  if (key === "state") return NOUNS[noun].states;
  return Object.entries(known).find(([name]) => name === key)?.[1] ?? [];
}

/** Those that begin with it first, then those that have it anywhere. */
export function matching(values: readonly string[], part: string): readonly string[] {
  const small = part.toLowerCase();
  const starts = values.filter((value) => value.toLowerCase().startsWith(small));
  const has = values.filter((value) => !starts.includes(value) && value.toLowerCase().includes(small));
  return [...starts, ...has].filter((value) => value !== part || part === "");
}

function quoted(value: string): string {
  return /^[^\s",*]+$/.test(value) ? value : JSON.stringify(value);
}
