import { useMemo } from "preact/hooks";
import { linePath } from "./scale.ts";

interface Props {
  readonly values: readonly (number | null)[];
  /** What it shows, for screen readers. */
  readonly label: string;
  readonly tone?: string;
}

const [WIDTH, HEIGHT] = [120, 24];

/** A line without axes; null is a gap. */
export function Sparkline({ values, label, tone = "accent" }: Props) {
  // Its page may be drawn each second, and has the same values for longer.
  const path = useMemo(() => pathOf(values), [values]);
  return (
    <svg
      class={`sparkline tone-${tone}`}
      viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={path} />
    </svg>
  );
}

function pathOf(values: Props["values"]): string {
  const top = values.reduce<number>((before, value) => Math.max(before, value ?? 0), 0) || 1;
  const scale = { from: 0, to: Math.max(1, values.length - 1), top, step: 1 };
  const at = values.map((_, index) => index);
  return linePath(at, values, scale, WIDTH, HEIGHT);
}
