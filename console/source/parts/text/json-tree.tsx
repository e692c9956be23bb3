import { useState } from "preact/hooks";
import { Clipped } from "./clipped.tsx";
import { count } from "./number.ts";

interface Props {
  readonly value: unknown;
  readonly name?: string | undefined;
  /** Levels that are open at first. */
  readonly open?: number;
}

/** Entries of a list or object that are drawn at first, and with each click on "more". */
const STEP = 200;
/** Levels below which everything is drawn as text: browsers lay out deep nests slowly. */
const DEEPEST = 100;
/** Most characters of a string at first. */
const LONGEST = 200;

/** JSON as a tree. Inner levels are drawn when they are opened. Integers are exact, covered values stay covered. */
export function JsonTree({ value, name, open = 2 }: Props) {
  return (
    <div class="tree mono">
      <Node value={value} name={name} open={open} depth={0} />
    </div>
  );
}

interface NodeProps {
  readonly value: unknown;
  readonly name: string | undefined;
  readonly open: number;
  readonly depth: number;
}

function Node({ value, name, open, depth }: NodeProps) {
  const special = specialOf(value);
  if (typeof value !== "object" || value === null || special !== undefined) {
    return (
      <div class="leaf">
        <Name name={name} />
        {special ?? <Scalar value={value} />}
      </div>
    );
  }
  return <Branch value={value} name={name} open={open} depth={depth} />;
}

function Branch({ value, name, open, depth }: NodeProps & { readonly value: object }) {
  const [isOpen, setOpen] = useState(open > 0);
  const [shown, setShown] = useState(STEP);
  const isList = Array.isArray(value);
  const keys = isList ? value.length : Object.keys(value).length;
  if (keys === 0) {
    return (
      <div class="leaf">
        <Name name={name} />
        {isList ? "[ ]" : "{ }"}
      </div>
    );
  }
  if (depth >= DEEPEST) {
    return (
      <div class="leaf">
        <Name name={name} />
        <span class="muted">nested more than {DEEPEST} levels deep; copy it as JSON to see the rest</span>
      </div>
    );
  }
  const entries = isOpen ? Object.entries(value).slice(0, shown) : [];
  return (
    <div class="branch">
      <button type="button" class="twist" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="twist-sign" aria-hidden="true" />
        <Name name={name} />
        <span class="muted">{isList ? `[ ${count(keys)} ]` : `{ ${count(keys)} }`}</span>
      </button>
      {isOpen && (
        <div class="inner">
          {entries.map(([key, each]) => (
            <Node key={key} name={key} value={each} open={open - 1} depth={depth + 1} />
          ))}
          {keys > shown && (
            <button type="button" class="link" onClick={() => setShown(shown + STEP)}>
              {count(Math.min(STEP, keys - shown))} more of {count(keys)}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { readonly name: string | undefined }) {
  if (name === undefined) return null;
  return (
    <span class="tree-name">
      <Clipped text={name} longest={80} />
      {": "}
    </span>
  );
}

function Scalar({ value }: { readonly value: unknown }) {
  if (typeof value === "string") {
    return (
      <span class="tree-string">
        "<Clipped text={value} longest={LONGEST} opens />"
      </span>
    );
  }
  if (typeof value === "number" || typeof value === "bigint") return <span class="tree-number">{String(value)}</span>;
  return <span class="tree-word">{String(value)}</span>;
}

/** What ShownValue writes as an object of its own. */
function specialOf(value: unknown) {
  if (typeof value !== "object" || value === null) return undefined;
  if ("$covered" in value && value.$covered === true) return <Covered />;
  if ("$bytes" in value && typeof value.$bytes === "string" && "length" in value) {
    const type = "$ext" in value ? `type ${String(value.$ext)}, ` : "";
    return (
      <span class="tree-bytes">
        <span class="muted">
          {type}
          {String(value.length)} bytes{" "}
        </span>
        <Clipped text={value.$bytes} longest={80} opens />
      </span>
    );
  }
  return undefined;
}

/** In place of a sensitive value. */
function Covered() {
  return (
    <span class="covered" title="Sensitive: it is covered until somebody reveals it">
      ••••••
    </span>
  );
}
