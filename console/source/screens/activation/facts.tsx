import type { ComponentChildren } from "preact";
import type { ActivationContent } from "../../../../runtime/operations/documents/content.js";
import { person } from "../../data/session.ts";
import { Section } from "../../parts/page/page.tsx";
import { traceLink } from "./trace.ts";

/** A name and what it is; undefined: it is left out. */
export type Fact = readonly [string, ComponentChildren | undefined];

/** Names and values of one thing. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** The facts of an activation or a letter, with a link to its trace when its headers name one. */
export function FactsWithTrace({
  facts,
  headers,
}: {
  readonly facts: readonly Fact[];
  readonly headers: ActivationContent["headers"];
}) {
  const trace = traceLink(person()?.traceUrl ?? null, headers);
  return (
    <Section title="Facts">
      <Facts facts={facts} />
      {trace !== undefined && (
        <p>
          <a href={trace.href} rel="noreferrer noopener" target="_blank">
            Trace <span class="mono">{trace.id.slice(0, 8)}…</span>
          </a>
        </p>
      )}
    </Section>
  );
}
