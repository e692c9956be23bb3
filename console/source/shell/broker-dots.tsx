import { live } from "../data/live.ts";
import { linkTo } from "../data/location.ts";
import { pool } from "../data/pool.ts";
import { person } from "../data/session.ts";

/** The brokers, one mark each: ready, not ready, silent. */
export function BrokerDots() {
  const brokers = live.brokers.value;
  const missing = new Map(live.missing.value.map((each) => [each.broker, each.message]));
  // Nothing is known here of another pool's brokers.
  const all = pool.value === "" ? (person()?.brokers ?? []) : [...missing.keys()];
  const names = [...new Set([...all, ...brokers.map(({ broker }) => broker)])];
  if (names.length === 0) return null;
  const marks = names.map((name) => {
    const status = brokers.find(({ broker }) => broker === name)?.status;
    if (missing.has(name)) return { name, look: "silent", words: `does not answer: ${missing.get(name)}` };
    if (status === undefined) return { name, look: "unknown", words: "not known yet" };
    if (status.notReady.length > 0) return { name, look: "unready", words: `not ready: ${status.notReady.join(", ")}` };
    return { name, look: "ready", words: "ready" };
  });
  const ready = marks.filter(({ look }) => look === "ready").length;
  return (
    <a
      class="brokers"
      href={linkTo("brokers")}
      data-tip={marks.map(({ name, words }) => `${name} ${words}`).join("\n")}
      aria-label={`${ready}/${names.length} brokers ready`}
    >
      {marks.map(({ name, look }) => (
        <span key={name} class={`dot ${look}`} />
      ))}
      <span class="number">
        {ready}/{names.length}
      </span>
    </a>
  );
}
