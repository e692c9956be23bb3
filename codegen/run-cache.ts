import type { GenerateSteps } from "./generate.js";
import { below } from "./language/index.js";
import { type FilePlan, plan, planNamespace } from "./plan/index.js";
import type { Problems } from "./problem/problem.js";
import type { Node } from "./read/node.js";
import { readYaml } from "./read/yaml.js";
import { assemble } from "./render/index.js";

/** Results kept from run to run: parsed schema files by text, plans by namespace, printed files by plan. */
export class RunCache implements GenerateSteps {
  readonly #parsed = new Map<string, { readonly text: string; readonly root: Node }>();
  /** Everything that plans of namespaces depend on besides their namespace. */
  #common = "";
  readonly #planned = new Map<string, { readonly facts: string; readonly plan: FilePlan }>();
  readonly #keys = new WeakMap<FilePlan, string>();
  #printed = new Map<string, string>();

  /** A file with a problem is parsed again: each run reports its problems. */
  readonly parse = (file: string, text: string, problems: Problems): Node | undefined => {
    const before = this.#parsed.get(file);
    if (before?.text === text) {
      problems.setText(file, text);
      return before.root;
    }
    const problemsBefore = problems.size;
    const root = readYaml(file, text, problems);
    if (root === undefined || problems.size > problemsBefore) this.#parsed.delete(file);
    else this.#parsed.set(file, { text, root });
    return root;
  };

  readonly plan: GenerateSteps["plan"] = (model, options) => {
    const { application, types, namespaces } = model;
    const common = JSON.stringify([application, types, namespaces.map(({ name }) => name), options.importExtension]);
    if (common !== this.#common) this.#planned.clear();
    this.#common = common;
    return plan(model, options, (_model, namespace, scope) => {
      const facts = JSON.stringify([namespace, options.sources.get(below("namespaces", namespace.name))]);
      const before = this.#planned.get(namespace.name);
      if (before?.facts === facts) return before.plan;
      const planned = planNamespace(model, namespace, scope, options);
      this.#planned.set(namespace.name, { facts, plan: planned });
      return planned;
    });
  };

  readonly print: GenerateSteps["print"] = (plans) => {
    const keyed = plans.map((plan) => ({ plan, key: this.#keyOf(plan) }));
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

  #keyOf(plan: FilePlan): string {
    const key = this.#keys.get(plan) ?? JSON.stringify(plan);
    this.#keys.set(plan, key);
    return key;
  }
}
