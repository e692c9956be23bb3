import { type Document, isAlias, isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";
import type { ArgumentValue } from "../../activation/arguments/select.js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import type { DropRule } from "./drop-rules.js";

/** A rule of the file. */
export type FileRule = DropRule & {
  /** Where it begins in the file, from 1; undefined: in a merged or referenced part. */
  readonly line: number | undefined;
};

/** The content of a valid file. */
export interface RuntimeConfig {
  readonly drop: readonly FileRule[];
  readonly demotedNamespaces: readonly string[];
  readonly demotedTopic: string | undefined;
  readonly demotedCluster: string | undefined;
}

/** The file is invalid; the message names the file and the key, and says what to do. */
export class RuntimeConfigError extends TaskwireError {
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super("bad_runtime_config", `runtime configuration ${file}: ${problem}`, options);
  }
}

export const LARGEST_FILE_BYTES = 1024 * 1024;
const MOST_ALIASES = 100;
const DEEPEST_VALUE = 32;
const MOST_ARGUMENTS = 1024n;

const value = z.custom<ArgumentValue>(
  (found) => isArgumentValue(found, 0),
  "expected null, a boolean, a number, a string, or a list or map of them with strings other than __proto__ as keys",
);
const text = z.string().min(1).max(1000);

const file = z.strictObject({
  drop_task_killswitch: z.array(z.unknown()).nullish(),
  demoted_namespaces: z.array(text).nullish(),
  demoted_topic: text.nullish(),
  demoted_topic_cluster: text.nullish(),
});

const selector = z.strictObject({
  name: text,
  select_arg: z.map(z.bigint().min(0n).max(MOST_ARGUMENTS), value).nullish(),
  select_kwarg: z.map(text, value).nullish(),
});

/** Parses the content of the file `name`. Throws RuntimeConfigError with every problem found. */
export function parseRuntimeConfig(name: string, source: string): RuntimeConfig {
  if (source.trim() === "")
    throw new RuntimeConfigError(name, "it is empty; write `drop_task_killswitch: []` to drop nothing");
  const problems: string[] = [];
  const { content, lineOf } = readYaml(name, source);
  const checked = file.safeParse(asObject(content ?? new Map()));
  if (!checked.success)
    throw new RuntimeConfigError(name, checked.error.issues.map((issue) => messageOfIssue(issue, [])).join("; "));
  const { drop_task_killswitch, demoted_namespaces, demoted_topic, demoted_topic_cluster } = checked.data;
  const drop: FileRule[] = [];
  for (const [index, entry] of (drop_task_killswitch ?? []).entries()) {
    const at = ["drop_task_killswitch", index];
    const line = lineOf(index);
    if (typeof entry === "string") {
      if (text.safeParse(entry).success) drop.push({ kind: "task", name: entry, line });
      else problems.push(`drop_task_killswitch[${index}]: expected the wire name of a task, got ${shown(entry)}`);
    } else if (entry instanceof Map) {
      const rule = selector.safeParse(asObject(entry));
      if (rule.success) pushSelector(drop, rule.data, { at, line }, problems);
      else problems.push(...rule.error.issues.map((issue) => messageOfIssue(issue, at)));
    } else {
      problems.push(
        `drop_task_killswitch[${index}]: expected the wire name of a task, or { name, select_arg, select_kwarg }, got ${shown(entry)}`,
      );
    }
  }
  const demotedNamespaces = demoted_namespaces ?? [];
  if (demotedNamespaces.length > 0 && !demoted_topic)
    problems.push("demoted_topic: expected the topic that takes the activations of demoted_namespaces, got nothing");
  if (problems.length > 0) throw new RuntimeConfigError(name, problems.join("; "));
  return {
    drop,
    demotedNamespaces,
    demotedTopic: demoted_topic ?? undefined,
    demotedCluster: demoted_topic_cluster ?? undefined,
  };
}

function pushSelector(
  drop: FileRule[],
  { name, select_arg, select_kwarg }: z.infer<typeof selector>,
  { at, line }: { readonly at: readonly PropertyKey[]; readonly line: number | undefined },
  problems: string[],
): void {
  const args = new Map([...(select_arg ?? [])].map(([index, wanted]) => [Number(index), wanted]));
  const kwargs = new Map(select_kwarg ?? []);
  if (args.size === 0 && kwargs.size === 0) {
    problems.push(
      `${pathOf(at)}: without select_arg and select_kwarg it drops nothing; write just "${name}" to drop every activation of the task`,
    );
    return;
  }
  drop.push({ kind: "selector", name, args, kwargs, line });
}

/** `lineOf`: where the entry of drop_task_killswitch with that index begins. */
function readYaml(
  name: string,
  source: string,
): { readonly content: unknown; readonly lineOf: (index: number) => number | undefined } {
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(source, {
      lineCounter,
      schema: "core",
      intAsBigInt: true,
      resolveKnownTags: false,
      merge: false,
    });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem !== undefined) throw problem;
    const content: unknown = document.toJS({ mapAsMap: true, maxAliasCount: MOST_ALIASES });
    const entries = entriesOf(document);
    const lineOf = (index: number) => {
      const start = entries[index]?.range?.[0];
      return start === undefined ? undefined : lineCounter.linePos(start).line;
    };
    return { content, lineOf };
  } catch (error) {
    throw new RuntimeConfigError(name, `invalid YAML: ${messageOf(error).trim()}`, {
      cause: error,
    });
  }
}

/** The nodes of drop_task_killswitch. */
function entriesOf(document: Document.Parsed): readonly Node[] {
  const listed: unknown = isMap(document.contents) ? document.contents.get("drop_task_killswitch", true) : undefined;
  const list = isAlias(listed) ? listed.resolve(document) : listed;
  return isSeq<Node>(list) ? list.items : [];
}

/** A map with string keys becomes an object with own keys only, `__proto__` too; anything else stays as it is. */
function asObject(found: unknown): unknown {
  return found instanceof Map
    ? Object.fromEntries([...found].map(([key, inner]: [unknown, unknown]) => [String(key), inner]))
    : found;
}

function isArgumentValue(found: unknown, depth: number): found is ArgumentValue {
  if (depth > DEEPEST_VALUE) return false;
  if (found === null || ["boolean", "number", "bigint", "string"].includes(typeof found)) return true;
  if (Array.isArray(found)) return found.every((each) => isArgumentValue(each, depth + 1));
  return (
    found instanceof Map &&
    [...found].every(
      ([key, inner]) => typeof key === "string" && key !== "__proto__" && isArgumentValue(inner, depth + 1),
    )
  );
}

function messageOfIssue(issue: z.core.$ZodIssue, at: readonly PropertyKey[]): string {
  const path = pathOf([...at, ...issue.path]);
  const where = path === "" ? "" : `${path}: `;
  if (issue.code === "unrecognized_keys") {
    const known = at.length === 0 ? Object.keys(file.shape) : Object.keys(selector.shape);
    return `${where}unknown key ${issue.keys.map((key) => shown(key)).join(", ")}; known: ${known.join(", ")}`;
  }
  return `${where}${issue.message}`;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

function shown(found: unknown): string {
  return typeof found === "bigint" ? String(found) : (JSON.stringify(found)?.slice(0, 80) ?? typeof found);
}
