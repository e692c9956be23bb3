import type { Node } from "../read/node.js";
import type { Finding, LintInput, Rule } from "./rule.js";
import { entryOf, itemsOf, textOf, valueAt } from "./tree.js";

/** Names in both lists of a policy. */
const errorInBoth: Rule = {
  code: "error_in_both",
  meaning: "An error stands in `on` and in `ignore` of a policy; `ignore` wins.",
  find: ({ policies }) =>
    policies.flatMap(({ node, path }) => {
      const ignored = new Set(itemsOf(valueAt(node, "ignore")).map(textOf));
      return itemsOf(valueAt(node, "on"))
        .filter((item) => ignored.has(textOf(item)))
        .map((item) => ({
          place: item.place,
          path: `${path}.on`,
          text: `${textOf(item)} is in ignore too, which wins: it is never retried; remove it from one of them`,
        }));
    }),
};

/** Names that errors have in Python and Java, with what JavaScript throws instead; "" where it has no class for it. */
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

/** Why no error is likely to have the name, and what to write; undefined when one may. */
function unlikely(name: string): string | undefined {
  const foreign = FOREIGN.get(name);
  if (foreign !== undefined) {
    const meant =
      foreign === ""
        ? "the name of the class that your code throws"
        : `${foreign}, which stands for its subclasses, too`;
    return `is a name of another language: unless a class of yours is called that, it matches nothing; write ${meant}`;
  }
  const last = name.split(".").at(-1) ?? "";
  if (name.includes(".")) {
    const meant = FOREIGN.get(last) || (/^[A-Z]/.test(last) ? last : "the name of the class alone");
    return `has a dot, which no JavaScript class has in its name: it matches nothing; write ${meant}`;
  }
  if (/^E[A-Z0-9]{3,}$/.test(name))
    return "is the code of a system error, whose name is Error: it matches nothing; throw an error of your own class, and write its name";
  if (/^[a-z]/.test(name))
    return `begins with a lower-case letter, and names of classes begin with a capital; write ${capital(name)}`;
  return undefined;
}

function capital(name: string): string {
  return name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** Where names of errors stand: in policies, and what tasks silence. Other applications' workers know other names. */
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
    "No JavaScript error is likely to have the name in `on`, `ignore` or `silenced`: it has a dot, or is one of Python's.",
  find: (input) =>
    errorLists(input).flatMap(({ list, path }) =>
      itemsOf(list).flatMap((item): readonly Finding[] => {
        const why = unlikely(textOf(item));
        return why === undefined ? [] : [{ place: item.place, path, text: `${textOf(item)} ${why}` }];
      }),
    ),
};

export const ERROR_RULES: readonly Rule[] = [errorInBoth, errorNameUnlikely];
