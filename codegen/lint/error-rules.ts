import type { Node } from "../read/node.js";
import type { Finding, LintInput, Rule } from "./rule.js";
import { entryOf, itemsOf, textOf, valueAt } from "./tree.js";

/** Names in both lists of a policy. */
const errorInBoth: Rule = {
  code: "error_in_both",
  meaning: "An error is in both `on` and `ignore` of a policy; `ignore` wins.",
  find: ({ policies }) =>
    policies.flatMap(({ node, path }) => {
      const ignored = new Set(itemsOf(valueAt(node, "ignore")).map(textOf));
      return itemsOf(valueAt(node, "on"))
        .filter((item) => ignored.has(textOf(item)))
        .map((item) => ({
          place: item.place,
          path: `${path}.on`,
          text: `${textOf(item)} is also in ignore, which wins, so it is never retried; remove it from one of them`,
        }));
    }),
};

/** Names of errors in Python and Java, by what JavaScript throws instead; "" where it has no class for it. */
const FOREIGN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Error: "Exception BaseException Throwable RuntimeException StandardError",
    TypeError: "AttributeError NullPointerException ClassCastException UnboundLocalError",
    RangeError:
      "ValueError IndexError KeyError LookupError ZeroDivisionError OverflowError ArithmeticError RecursionError IllegalArgumentException IndexOutOfBoundsException",
    ReferenceError: "NameError",
    SyntaxError: "JSONDecodeError",
    "": "OSError IOError IOException EnvironmentError FileNotFoundError FileExistsError PermissionError ConnectionRefusedError ConnectionResetError ConnectionAbortedError BrokenPipeError ImportError ModuleNotFoundError UnicodeDecodeError UnicodeEncodeError StopIteration KeyboardInterrupt SystemExit MemoryError IllegalStateException InterruptedException ObjectDoesNotExist SoftTimeLimitExceeded",
  }).flatMap(([meant, names]) => names.split(" ").map((name) => [name, meant] as const)),
);

/** Why an error hardly has the name, and what to write; undefined when one may have it. */
function unlikely(name: string): string | undefined {
  const foreign = FOREIGN.get(name);
  if (foreign !== undefined) {
    const meant =
      foreign === "" ? "the name of the class that your code throws" : `${foreign}, which also matches its subclasses`;
    return `is a name from another language: unless one of your classes has it, it matches nothing; write ${meant}`;
  }
  const last = name.split(".").at(-1) ?? "";
  if (name.includes(".")) {
    const meant = FOREIGN.get(last) || (/^[A-Z]/.test(last) ? last : "the name of the class alone");
    return `has a dot, but names of JavaScript classes have none: it matches nothing; write ${meant}`;
  }
  if (/^E[A-Z0-9]{3,}$/.test(name))
    return "is the code of a system error, whose name is Error: it matches nothing; throw an error of your own class and write its name";
  if (/^[a-z]/.test(name))
    return `begins with a lower-case letter, but names of classes begin with a capital; write ${capital(name)}`;
  return undefined;
}

function capital(name: string): string {
  return name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** Lists of error names: of policies, and `silenced` of tasks. Workers of other applications know other names. */
function errorLists(input: LintInput): readonly { readonly list: Node | undefined; readonly path: string }[] {
  const external = input.namespaces.filter(({ model }) => model.external !== undefined);
  const isExternal = (path: string) => external.some((namespace) => `${path}.`.startsWith(`${namespace.path}.`));
  const policies = input.policies.filter(({ name, path }) => {
    if (!path.startsWith("retry_policies")) return !isExternal(path);
    const users = [...input.namespaces, ...input.tasks].filter(({ node }) => textOf(valueAt(node, "retry")) === name);
    return users.length === 0 || users.some((user) => !isExternal(user.path));
  });
  return [
    ...policies.flatMap(({ node, path }) =>
      ["on", "ignore"].map((key) => ({ list: valueAt(node, key), path: `${path}.${key}` })),
    ),
    ...input.tasks.map(({ node, path }) => ({ list: entryOf(node, "silenced")?.value, path: `${path}.silenced` })),
  ];
}

const errorNameUnlikely: Rule = {
  code: "error_name_unlikely",
  meaning:
    "A name in `on`, `ignore` or `silenced` that JavaScript errors hardly have: it has a dot, or comes from Python or Java.",
  find: (input) =>
    errorLists(input).flatMap(({ list, path }) =>
      itemsOf(list).flatMap((item): readonly Finding[] => {
        const why = unlikely(textOf(item));
        return why === undefined ? [] : [{ place: item.place, path, text: `${textOf(item)} ${why}` }];
      }),
    ),
};

export const ERROR_RULES: readonly Rule[] = [errorInBoth, errorNameUnlikely];
