import { useEffect, useRef, useState } from "preact/hooks";
import type { ProblemError } from "../data/problem-error.ts";
import { Banner } from "../parts/page/states.tsx";
import { Brand } from "./brand.tsx";
import { signIn } from "./sign-in.ts";

export function SignIn({ problem: first }: { readonly problem?: ProblemError | undefined }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState(first);
  const [works, setWorks] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · Taskwire";
    field.current?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (token.trim() === "" || works) return;
    setWorks(true);
    setProblem(await signIn(token.trim()));
    setWorks(false);
  };
  return (
    <main class="sign-in">
      <form class="card sign-in-card" onSubmit={submit}>
        <Brand />
        <h1>Sign in</h1>
        <p class="muted">
          The process that serves this page printed a link with a token when it started. Open that link, or paste the
          token.
        </p>
        {problem !== undefined && <Banner level="failed">{sentenceOf(problem)}</Banner>}
        <label class="field">
          <span class="field-name">Token</span>
          <input
            ref={field}
            type="password"
            autocomplete="current-password"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button main" disabled={token.trim() === "" || works}>
          {works ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

function sentenceOf({ status, message }: ProblemError): string {
  if (status === 401) return "The token is unknown, or no longer valid.";
  if (status === 429) return "Too many wrong tokens came; wait some seconds and try again.";
  return message;
}
