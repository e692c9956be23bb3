import { messageOf } from "../../base/errors.js";
import { hash64 } from "../../base/ids.js";
import { type Control, controlOf, idOf, written } from "./control.js";

/** A change of a control; undefined: it was ended. */
export interface Change {
  readonly id: string;
  readonly control: Control | undefined;
  /** When a person made it, by the wall. */
  readonly at: number;
}

/** A record of the topic of the controls. */
export interface SharedChange extends Change {
  readonly offset: number;
}

/** Controls that people may set. */
export const MOST_CONTROLS = 1000;
/** Ids of the topic that are kept; those of ended controls among them are forgotten first. */
const MOST_IDS = 10 * MOST_CONTROLS;

/**
 * The controls that people set. `shared` is what the topic of the controls says: of each id the record with the highest
 * offset counts, on every broker. `own` are changes made at this broker that the topic does not have yet: they hide what
 * it says. Without a topic all are own.
 */
export class ControlState {
  readonly #alone: boolean;
  #shared = new Map<string, SharedChange>();
  readonly #own = new Map<string, Change>();

  /** `alone`: there is no topic, because the pool has one broker. */
  constructor(alone: boolean) {
    this.#alone = alone;
  }

  /** A person sets or ends a control at this broker. */
  change(change: Change): void {
    this.#own.delete(change.id);
    // Without a topic there is nothing that an ended control has to hide.
    if (change.control !== undefined || !this.#alone) this.#own.set(change.id, change);
  }

  /** The topic has the change. */
  appended(change: Change, offset: number): void {
    this.read({ ...change, offset });
    // A later change of the same control still waits.
    if (this.#own.get(change.id) === change) this.#own.delete(change.id);
  }

  /** A record of the topic was read. */
  read(change: SharedChange): void {
    // Made later, or the same: this broker appended it and was killed before it knew.
    if (change.at >= (this.#own.get(change.id)?.at ?? Number.POSITIVE_INFINITY)) this.#own.delete(change.id);
    const known = this.#shared.get(change.id);
    if (known !== undefined && known.offset >= change.offset) return;
    if (known === undefined && this.#shared.size >= MOST_IDS) {
      for (const [id, { control }] of this.#shared) if (control === undefined) this.#shared.delete(id);
      if (this.#shared.size >= MOST_IDS) return;
    }
    this.#shared.set(change.id, change);
  }

  /** The topic was read from its beginning to its end: it has nothing but these. */
  reread(changes: readonly SharedChange[]): void {
    this.#shared = new Map();
    for (const change of changes) this.read(change);
  }

  /** Changes that the topic does not have yet, oldest first. */
  get unshared(): readonly Change[] {
    return this.#alone ? [] : [...this.#own.values()];
  }

  get(id: string): Control | undefined {
    return (this.#own.get(id) ?? this.#shared.get(id))?.control;
  }

  /** Whether every broker of the pool sees the control. */
  isShared(id: string): boolean {
    return this.#alone || !this.#own.has(id);
  }

  /** The controls in force, oldest first. */
  inForce(wall: number): Control[] {
    return [...new Set([...this.#shared.keys(), ...this.#own.keys()])]
      .flatMap((id) => this.get(id) ?? [])
      .filter(({ until }) => wall < until)
      .sort((one, other) => one.since - other.since);
  }

  /** For the journal; controls that have ended by themselves are left out. */
  toJson(wall: number): string {
    const shared = [...this.#shared.values()].flatMap(({ control, offset }) =>
      control !== undefined && wall < control.until ? [{ offset, control: written(control) }] : [],
    );
    const own = [...this.#own.values()]
      .filter(({ control }) => control === undefined || wall < control.until)
      .map(({ id, control, at }) => ({ id, at, control: control === undefined ? null : written(control) }));
    return JSON.stringify({ version: 1, shared, own });
  }

  /** Takes back what toJson wrote. `skipped` is called with what is wrong with each control that cannot be read. */
  fromJson(json: string, skipped: (problem: string) => void): void {
    const { version, shared, own } = fieldsOf(parsed(json));
    if (version !== 1 || !Array.isArray(shared) || !Array.isArray(own)) {
      skipped(`expected controls of version 1, found ${JSON.stringify(version) ?? "none"}`);
      return;
    }
    const entries = [
      ...shared.map((entry: unknown) => [entry, true] as const),
      ...own.map((entry: unknown) => [entry, false] as const),
    ];
    for (const [entry, isShared] of entries) {
      try {
        const { id, offset, at, control: found } = fieldsOf(entry);
        const control = found === null ? undefined : controlOf(found);
        const change = {
          id: control === undefined ? String(id) : idOf(control),
          control,
          at: control?.since ?? Number(at),
        };
        if (isShared) this.read({ ...change, offset: Number(offset) });
        else this.change(change);
      } catch (error) {
        skipped(messageOf(error));
      }
    }
  }
}

/** Equal on brokers that apply the same controls, whoever set them when. */
export function versionOf(controls: readonly Control[]): string {
  const facts = controls.map((control) => `${idOf(control)} ${control.until}`).sort();
  return hash64(facts.join("\n")).toString(16).padStart(16, "0");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function fieldsOf(found: unknown): Readonly<Record<string, unknown>> {
  return typeof found === "object" && found !== null ? Object.fromEntries(Object.entries(found)) : {};
}
