import { signal } from "@preact/signals";
import type { SessionDocument } from "../../../runtime/operations/documents/front.js";
import type { ProblemError } from "./problem-error.ts";

type Session =
  | { readonly kind: "unknown" }
  /** `problem`: why signing in failed, or the server could not be asked. */
  | { readonly kind: "out"; readonly problem?: ProblemError }
  | { readonly kind: "in"; readonly is: SessionDocument };

/** Who is signed in. */
export const session = signal<Session>({ kind: "unknown" });

/** The server no longer knows this browser: the sign-in page is shown, at the present address. */
export function signedOut(): void {
  session.value = { kind: "out" };
}

export function signedIn(is: SessionDocument): void {
  session.value = { kind: "in", is };
}

/** Who is signed in; null: nobody. */
export function person(): SessionDocument | null {
  return session.value.kind === "in" ? session.value.is : null;
}

export type Right = "operate" | "reveal" | "send";

/** Why the person may not do something; null: they may. A button shows it beside being disabled. */
export function refusal(right: Right): string | null {
  const is = person();
  if (is === null) return "Nobody is signed in";
  if (right === "reveal") return is.reveal ? null : `${is.name} has no right to reveal sensitive values`;
  if (is.role !== "operate") return `${is.name} may look, not change`;
  return right === "send" && !is.sends.possible ? is.sends.why : null;
}
