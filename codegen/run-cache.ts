import type { Print } from "./generate.js";
import type { Problems } from "./problem.js";
import type { Node } from "./read/node.js";
import { readYaml } from "./read/yaml.js";
import { assemble } from "./render/index.js";

/** What one run leaves for the next: schema files by their text, printed files by their plan. */
export class RunCache {
  readonly #parsed = new Map<string, { readonly text: string; readonly root: Node }>();
  #printed = new Map<string, string>();

  /** A file with a problem is read again: its problems belong to each run. */
  readonly parse = (file: string, text: string, problems: Problems): Node | undefined => {
    const before = this.#parsed.get(file);
    if (before?.text === text) {
      problems.noteText(file, text);
      return before.root;
    }
    const root = readYaml(file, text, problems);
    if (root === undefined) this.#parsed.delete(file);
    else this.#parsed.set(file, { text, root });
    return root;
  };

  readonly print: Print = (plans) => {
    const keyed = plans.map((plan) => ({ plan, key: JSON.stringify(plan) }));
    const fresh = keyed.filter(({ key }) => !this.#printed.has(key)).map(({ plan }) => plan);
    const printed = fresh.length === 0 ? new Map<string, string>() : assemble(fresh);
    const texts = keyed.map(({ plan: { path }, key }) => ({
      path,
      key,
      text: printed.get(path) ?? this.#printed.get(key) ?? "",
    }));
    this.#printed = new Map(texts.map(({ key, text }) => [key, text]));
    return new Map(texts.map(({ path, text }) => [path, text]));
  };
}
