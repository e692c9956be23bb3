import { type ArgumentValue, equals, selectArguments } from "../../activation/arguments/select.js";
import type { Facts } from "../inflight/row.js";

/** Which activations are dropped: all of a task, or those with at least one of the listed arguments. */
export type DropRule =
  | { readonly kind: "task"; readonly name: string }
  | {
      readonly kind: "selector";
      readonly name: string;
      /** By index among the positional arguments, from 0. */
      readonly args: ReadonlyMap<number, ArgumentValue>;
      readonly kwargs: ReadonlyMap<string, ArgumentValue>;
    };

type Selector = Extract<DropRule, { kind: "selector" }>;

/** A rule, and how many activations it has dropped. */
export interface CountedRule<R extends DropRule> {
  readonly rule: R;
  dropped: number;
}

interface TaskRules<R extends DropRule> {
  readonly rules: CountedRule<R>[];
  /** All arguments that the selectors need. */
  readonly wanted: { readonly args: Set<number>; readonly kwargs: Set<string> };
}

/**
 * Rules that drop activations. Parameters are read only for tasks with a selector; activations whose parameters are not
 * readable are kept.
 */
export class DropRules<R extends DropRule = DropRule> {
  readonly rules: readonly CountedRule<R>[];
  readonly #unpack: (frame: Uint8Array) => Uint8Array;
  readonly #byTask = new Map<string, TaskRules<R>>();

  constructor(rules: readonly CountedRule<R>[], unpack: (frame: Uint8Array) => Uint8Array) {
    this.rules = rules;
    this.#unpack = unpack;
    for (const counted of rules) {
      const { rule } = counted;
      let ofTask = this.#byTask.get(rule.name);
      if (ofTask === undefined) {
        ofTask = { rules: [], wanted: { args: new Set(), kwargs: new Set() } };
        this.#byTask.set(rule.name, ofTask);
      }
      // Rules for the whole task come first: then no parameters are read.
      if (rule.kind === "task") ofTask.rules.unshift(counted);
      else ofTask.rules.push(counted);
      if (rule.kind === "task") continue;
      for (const index of rule.args.keys()) ofTask.wanted.args.add(index);
      for (const name of rule.kwargs.keys()) ofTask.wanted.kwargs.add(name);
    }
  }

  /** Whether a rule drops the activation; that one counts it. */
  drops({ task, payload, id }: Pick<Facts, "task" | "payload" | "id">): boolean {
    const ofTask = this.#byTask.get(task);
    if (ofTask === undefined) return false;
    const counted = this.#matching(ofTask, payload, id);
    if (counted === undefined) return false;
    counted.dropped += 1;
    return true;
  }

  #matching({ rules, wanted }: TaskRules<R>, payload: Uint8Array, id: string): CountedRule<R> | undefined {
    const [first] = rules;
    if (first?.rule.kind === "task") return first;
    try {
      const selected = selectArguments(payload, id, wanted, this.#unpack);
      return rules.find(({ rule }) => rule.kind === "selector" && selects(rule, selected));
    } catch {
      return undefined;
    }
  }
}

function selects({ args, kwargs }: Selector, found: ReturnType<typeof selectArguments>): boolean {
  return (
    [...args].some(([index, value]) => found.args.has(index) && equals(value, found.args.get(index))) ||
    [...kwargs].some(([name, value]) => found.kwargs.has(name) && equals(value, found.kwargs.get(name)))
  );
}
