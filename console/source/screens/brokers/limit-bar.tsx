import { count } from "../../parts/text/number.ts";
import { Bar } from "./bar.tsx";
import { type Limit, shareOf } from "./limits.ts";

interface Props {
  readonly of: Limit;
  readonly format?: (value: number) => string;
}

/** A limit as numbers and a bar; without a limit, only the number. */
export function LimitBar({ of, format = count }: Props) {
  const share = shareOf(of);
  const { name, value, limit, level } = of;
  const words = limit === null ? format(value) : `${format(value)} of ${format(limit)}`;
  return (
    <div class="limit">
      <span class="limit-name">{name}</span>
      <span class="number">
        {format(value)}
        {limit !== null && <span class="muted"> / {format(limit)}</span>}
      </span>
      {share === null ? (
        <span class="muted limit-none">no limit</span>
      ) : (
        <Bar share={share} level={level} label={`${name}: ${words}`} />
      )}
    </div>
  );
}
