interface Props {
  readonly values: readonly (number | null)[];
  /** What it shows, for screen readers. */
  readonly label: string;
  readonly tone?: string;
}

const [WIDTH, HEIGHT] = [120, 28];

/** A line without axes; null is a gap. */
export function Sparkline({ values, label, tone = "accent" }: Props) {
  return (
    <svg
      class={`sparkline tone-${tone}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={sparkPath(values, WIDTH, HEIGHT)} />
    </svg>
  );
}

function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const most = values.reduce<number>((before, value) => Math.max(before, value ?? 0), 0);
  const step = width / Math.max(1, values.length - 1);
  let path = "";
  let drawn = false;
  for (const [index, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) {
      drawn = false;
      continue;
    }
    const y = height - 2 - (most === 0 ? 0 : (value / most) * (height - 4));
    path += `${drawn ? "L" : "M"}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    // A point between two gaps is a dot.
    if (!drawn && (values[index + 1] ?? null) === null) path += "h0.1";
    drawn = true;
  }
  return path;
}
