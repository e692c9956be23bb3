import type { ParameterIssue } from "../../../../runtime/activation/errors.js";
import type { NamedType } from "../../../../runtime/model/model.js";
import { dotted, type Path } from "./values.ts";

/** What every field of a form needs. */
export interface FormContext {
  readonly types: readonly NamedType[];
  readonly issues: readonly ParameterIssue[];
  /** Sets a value; undefined leaves it out. */
  readonly set: (path: Path, value: unknown) => void;
  /** Puts text that is no JSON where the value was: all of it is shown as JSON then, and cannot be sent. */
  readonly setText: (path: Path, text: string) => void;
}

export function issueAt(context: FormContext, path: Path): ParameterIssue | undefined {
  const place = dotted(path);
  return context.issues.find((issue) => issue.path === place);
}
