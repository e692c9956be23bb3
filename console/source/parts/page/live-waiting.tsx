import { useEffect, useState } from "preact/hooks";
import { isLost } from "../../data/live.ts";
import { refreshes } from "../../data/query.ts";
import { Banner, Skeleton } from "./states.tsx";

/** Shorter waits would only flicker, milliseconds. */
const UNSEEN = 150;

interface Props {
  /** What is awaited, as in "The state of the brokers". */
  readonly what: string;
  readonly rows?: number;
}

/** In place of what the stream has not brought yet: bars after 150 ms, or, without a connection, that it cannot be loaded. */
export function LiveWaiting({ what, rows = 6 }: Props) {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(true), UNSEEN);
    return () => clearTimeout(timer);
  }, []);
  if (isLost()) {
    return (
      <Banner
        level="failed"
        action={
          <button
            type="button"
            class="button small"
            onClick={() => {
              refreshes.value += 1;
            }}
          >
            Try again
          </button>
        }
      >
        <strong>{what} cannot be loaded</strong>: the server does not answer. It is tried again by itself.
      </Banner>
    );
  }
  return seen ? <Skeleton rows={rows} /> : null;
}
