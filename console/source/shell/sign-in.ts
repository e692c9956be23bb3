import { api } from "../data/api.ts";
import { type ProblemError, problemOf } from "../data/problem-error.ts";
import { session, signedIn, signedOut } from "../data/session.ts";

const MARK = "token=";

/** Takes the token of a link that ends in #token=…, out of the address at once, so that it is in no history entry. */
function takeToken(): string | undefined {
  const { hash } = location;
  if (!hash.startsWith(`#${MARK}`)) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  const token = hash.slice(MARK.length + 1);
  return token === "" ? undefined : token;
}

/** Signs in by the link's token, or finds out who is signed in. Problems are shown by the sign-in page. */
export async function startSession(): Promise<void> {
  const token = takeToken();
  const problem = token === undefined ? await lookUp() : await signIn(token);
  if (problem !== undefined) session.value = { kind: "out", problem };
}

/** undefined: signed in. */
export async function signIn(token: string): Promise<ProblemError | undefined> {
  try {
    signedIn(await api.post("session", { token }));
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

async function lookUp(): Promise<ProblemError | undefined> {
  try {
    signedIn(await api.get("session"));
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    return problem.status === 401 ? undefined : problem;
  }
}

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } finally {
    signedOut();
  }
}
