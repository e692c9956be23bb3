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

interface LintedNamespace extends Declared {
  readonly model: NamespaceModel;
  /** Defaults that it inherits from the application; undefined: none. */
  readonly defaults: Declared | undefined;
}

/** A policy as written: in retry_policies, or inline. */
export interface LintedPolicy extends Declared {
  readonly times: number;
  /** Milliseconds. */
  readonly delay: number;
  /** 0..1. */
  readonly jitter: number;
}

/** A schema without problems: its model, and where each part is written. */
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
  /** A matter of taste: applied only with `strict`, or when the rule is named. Default: always applied. */
  readonly strictOnly?: boolean;
  /** What it finds, in one sentence. */
  readonly meaning: string;
  find(input: LintInput): readonly Finding[];
}
