import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focusIsFree } from "./focus.ts";

interface Props {
  /** The heading, and the title of the tab. */
  readonly title: string;
  /** The heading as it is drawn, where it is more than text. */
  readonly heading?: ComponentChildren;
  /** Where this page belongs. */
  readonly above?: { readonly label: string; readonly href: string };
  /** A line below the heading. */
  readonly about?: ComponentChildren;
  /** Buttons beside the heading; on a phone they are a bar at the bottom. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Whether a page was shown before: the first one leaves the focus where the browser puts it. */
let shown = false;

/** A screen: its one h1, its actions, its content. */
export function Page({ title, heading, above, about, actions, children }: Props) {
  const h1 = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever followed a link continues at the new page's heading.
    if (shown && focusIsFree()) h1.current?.focus({ preventScroll: true });
    shown = true;
  }, []);
  useEffect(() => {
    document.title = `${title} · Taskwire`;
  }, [title]);
  return (
    <div class="page">
      <header class="page-head">
        <div class="page-title">
          {above !== undefined && (
            <a class="above" href={above.href}>
              {above.label}
            </a>
          )}
          <h1 ref={h1} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {about !== undefined && <p class="about">{about}</p>}
        </div>
        {actions !== undefined && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a screen with a heading of its own. */
export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section">
      <div class="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
