import { randomBytes } from "node:crypto";
import type { LiveEvents } from "../../operations/documents/front.js";
import type { Status } from "../../operations/status/document.js";
import type { Topic } from "./listening.js";

/** How long points are kept for listeners that come back, milliseconds. */
const POINTS_KEPT_MS = 60_000;
/** Updates that are kept while nothing changes: most listeners are at the same version. */
const MOST_UPDATES = 8;

type Documents = Pick<LiveEvents, "missing" | "pools" | "problems" | "jobs" | "news">;
const DOCUMENTS = ["missing", "pools", "problems", "jobs", "news"] as const satisfies readonly (keyof Documents)[];

/** JSON, and the version that it has been so since. */
interface Versioned {
  readonly json: string;
  readonly version: number;
}

interface BrokerParts {
  /** ISO 8601. */
  readonly at: string;
  readonly parts: ReadonlyMap<string, Versioned>;
}

/**
 * What is known of the brokers, each part with the version that changed it. A listener at any version gets the parts that have
 * changed since: after a pause it gets the present state once, not all that happened meanwhile. Each part becomes JSON once
 * for all listeners.
 */
export class Board {
  /** Versions of another board say nothing here. */
  readonly #name = randomBytes(6).toString("hex");
  #version = 0;
  #changed = false;
  readonly #brokers = new Map<string, BrokerParts>();
  readonly #documents = new Map<keyof Documents, Versioned>();
  #points: (Versioned & { readonly at: number })[] = [];
  /** The newest points that are no longer kept. */
  #forgotten = 0;
  readonly #updates = new Map<string, Uint8Array>();

  /** 0: nothing is known yet. */
  get version(): number {
    return this.#version;
  }

  status(broker: string, at: string, status: Status): void {
    const before = this.#brokers.get(broker)?.parts;
    const parts = Object.entries(status).map(([name, value]): [string, Versioned] => [
      name,
      this.#versioned(before?.get(name), JSON.stringify(value)),
    ]);
    this.#brokers.set(broker, { at, parts: new Map(parts) });
  }

  document<Name extends keyof Documents>(name: Name, document: Documents[Name]): void {
    this.#documents.set(name, this.#versioned(this.#documents.get(name), JSON.stringify(document)));
  }

  /** Nobody asks for it: what was known of it grows old. */
  forget(name: keyof Documents): void {
    this.#documents.delete(name);
  }

  /** Points that no listener has. `now`: milliseconds. */
  points(points: LiveEvents["points"], now: number): void {
    const kept = this.#points.filter(({ at }) => now - at <= POINTS_KEPT_MS);
    this.#forgotten = this.#points[this.#points.length - kept.length - 1]?.version ?? this.#forgotten;
    this.#points = [...kept, { ...this.#versioned(undefined, JSON.stringify(points)), at: now }];
  }

  /** What was changed since the last commit has a version of its own from now on. */
  commit(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#version += 1;
    this.#updates.clear();
  }

  /** The version in an event's id; undefined: of another board, or what came after it is no longer known. */
  versionOf(id: string): number | undefined {
    const [, name, digits] = /^([0-9a-f]+)-([0-9]+)$/.exec(id) ?? [];
    const version = Number(digits);
    if (name !== this.#name || version < this.#forgotten || version > this.#version) return undefined;
    return version;
  }

  /** Events with what has changed since a version, 0 for all, encoded; undefined: nothing. */
  since(version: number, topics: ReadonlySet<Topic>): Uint8Array | undefined {
    const key = `${version} ${[...topics].sort().join()}`;
    const known = this.#updates.get(key);
    if (known !== undefined) return known;
    const events = this.#eventsSince(version, topics);
    const last = events.pop();
    if (last === undefined) return undefined;
    // Only the last event has an id: who got only some of them gets all again.
    const text = `${events.join("")}id: ${this.#name}-${this.#version}\n${last}`;
    const update = new TextEncoder().encode(text);
    if (this.#updates.size >= MOST_UPDATES) this.#updates.clear();
    this.#updates.set(key, update);
    return update;
  }

  #eventsSince(version: number, topics: ReadonlySet<Topic>): string[] {
    const events: string[] = [];
    if (topics.has("status"))
      for (const [broker, { at, parts }] of this.#brokers) {
        const changed = [...parts].filter(([, part]) => part.version > version);
        if (changed.length === 0) continue;
        const part = changed.map(([name, { json }]) => `${JSON.stringify(name)}:${json}`).join();
        const head = `"broker":${JSON.stringify(broker)},"at":${JSON.stringify(at)}`;
        events.push(eventOf("status", `{${head},"part":{${part}}}`));
      }
    for (const name of DOCUMENTS) {
      const found = this.#documents.get(name);
      if (
        found !== undefined &&
        found.version > version &&
        (name === "missing" || name === "pools" || topics.has(name))
      )
        events.push(eventOf(name, found.json));
    }
    if (topics.has("points"))
      for (const points of this.#points) if (points.version > version) events.push(eventOf("points", points.json));
    return events;
  }

  #versioned(before: Versioned | undefined, json: string): Versioned {
    if (before?.json === json) return before;
    this.#changed = true;
    return { json, version: this.#version + 1 };
  }
}

/** JSON has no line breaks. */
export function eventOf(name: keyof LiveEvents, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
