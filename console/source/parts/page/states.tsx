import type { ComponentChildren } from "preact";
import { now } from "../../data/clock.ts";
import { isLost, live } from "../../data/live.ts";
import type { Result } from "../../data/query.ts";
import { durationWords } from "../text/duration.ts";
import { Time } from "../text/time.tsx";

/** Grey bars in place of what is coming. */
export function Skeleton({ rows = 6 }: { readonly rows?: number }) {
  const { kind } = live.connection.value;
  // Nothing comes at the moment; a banner says why.
  if (kind === "lost" || kind === "failing") return <p class="muted">Not known at the moment.</p>;
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="bar" />
      ))}
    </div>
  );
}

/** There is nothing, and that is certain: what it means, and what would change it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <svg class="empty-sign" viewBox="0 0 48 24" aria-hidden="true">
        <path d="M2 12h14m16 0h14" />
        <circle cx="20" cy="12" r="3" />
        <circle cx="28" cy="12" r="3" />
      </svg>
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface BannerProps {
  readonly level: "info" | "warning" | "failed";
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}

/** A line across its place. Times in it that count are `aria-live="off"`, else they would be read every second. */
export function Banner({ level, children, action }: BannerProps) {
  return (
    <div class={`banner ${level}`} role={level === "failed" ? "alert" : "status"}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {level === "info" ? <path d="M8 7v5M8 4v.5" /> : <path d="M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.7v.3" />}
        {level === "info" && <circle cx="8" cy="8" r="6.5" />}
      </svg>
      <div class="banner-text">{children}</div>
      {action}
    </div>
  );
}

interface LoadedProps<Document> {
  readonly of: Result<Document>;
  /** What it is, as in "The list of workers". */
  readonly what: string;
  /** Bars of the skeleton. */
  readonly rows?: number;
  readonly children: (data: Document) => ComponentChildren;
}

/**
 * What a query answered. While it loads: bars, after 150 ms. When it failed: what, since when, what is still shown and its
 * age, and a button. A failed query is never drawn as "nothing found".
 */
export function Loaded<Document>({ of, what, rows = 6, children }: LoadedProps<Document>) {
  const { data, error, at, failingSince, waiting, reload } = of;
  // The page says above that the connection is lost, and since when; what is shown is greyed as a whole.
  const known = data !== undefined && isLost();
  return (
    <>
      {error !== undefined && !known && (
        <Banner
          level="failed"
          action={
            <button type="button" class="button small" onClick={reload}>
              Try again
            </button>
          }
        >
          <strong>{what} cannot be loaded</strong>: {error.message}.{" "}
          <span aria-live="off">
            {failingSince !== undefined && now.value - failingSince >= 1000 && (
              <>Failing for {durationWords(now.value - failingSince)}. </>
            )}
            {data !== undefined && (
              <>
                Below is what it was <Time at={at} />.
              </>
            )}
          </span>
        </Banner>
      )}
      {data !== undefined && <div class={error === undefined || known ? undefined : "stale"}>{children(data)}</div>}
      {waiting && <Skeleton rows={rows} />}
    </>
  );
}
