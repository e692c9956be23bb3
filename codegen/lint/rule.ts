import type { Model, NamespaceModel, TaskModel } from "taskwire/model";
import type { Place } from "../problem/problem.js";
import type { SchemaFile } from "../read/node.js";
import type { Declared } from "./tree.js";

export interface Warning extends Place {
  /** Stable: for tools and for `# taskwire-lint: ignore <code>`. */
  readonly code: string;
  readonly message: string;
}

export interface LintedTask extends Declared {
  readonly namespace: LintedNamespace;
  readonly model: TaskModel;
}

export interface LintedNamespace extends Declared {
  readonly model: NamespaceModel;
  /** What it inherits from the application; undefined: nothing. */
  readonly defaults: Declared | undefined;
}

/** A policy that is written somewhere: in retry_policies, or in place. */
export interface LintedPolicy extends Declared {
  readonly times: number;
  /** Milliseconds. */
  readonly delay: number;
  /** 0..1. */
  readonly jitter: number;
}

/** A schema without problems: what it resolves to, and where that is written. */
export interface LintInput {
  readonly files: readonly SchemaFile[];
  /** Lines of each file, as written. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  readonly model: Model;
  readonly defaults: Declared | undefined;
  readonly namespaces: readonly LintedNamespace[];
  readonly tasks: readonly LintedTask[];
  readonly policies: readonly LintedPolicy[];
}

export interface Finding {
  readonly place: Place;
  /** Key path. */
  readonly path: string;
  /** What is wrong and how to fix it. */
  readonly text: string;
}

export interface Rule {
  readonly code: string;
  /** It is a matter of taste: left out unless strictness, or the rule itself, is asked for. Default: always there. */
  readonly strictOnly?: boolean;
  /** One sentence for people: what it finds. */
  readonly meaning: string;
  find(input: LintInput): readonly Finding[];
}
