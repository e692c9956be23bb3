import type { JoinedSeries } from "../../../../runtime/operations/documents/front.js";
import type { Status } from "../../../../runtime/operations/status/document.js";
import { Sparkline } from "../../parts/chart/sparkline.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { rate } from "../../parts/text/number.ts";
import { type Measure, numbersOf } from "./numbers.ts";
import "./tiles.css";

interface Props {
  readonly statuses: readonly Status[];
  readonly series: JoinedSeries | undefined;
}

export function NumberTiles({ statuses, series }: Props) {
  const { done, failing, oldest, wait } = numbersOf(statuses, series);
  const worst = series !== undefined && series.worst.length > 0;
  return (
    <dl class="tiles">
      <Tile name="Done" unit="a second" of={done} words={rate} tone="good" />
      <Tile name="Failing" unit="a second" of={failing} words={rate} tone="bad" alarm={(failing.value ?? 0) > 0} />
      <Tile name="Oldest waiting" of={oldest} words={durationWords} none="none waits" tone="wait" />
      <Tile
        name="Wait, p95"
        unit={worst ? "slowest broker" : ""}
        of={wait}
        words={durationWords}
        none="nothing started"
        tone="run"
      />
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly unit?: string;
  readonly of: Measure;
  readonly words: (value: number) => string;
  /** Shown when there is no value. */
  readonly none?: string;
  readonly tone: string;
  readonly alarm?: boolean;
}

function Tile({
  name,
  unit = "",
  of: { value, past },
  words,
  none = "not measured yet",
  tone,
  alarm = false,
}: TileProps) {
  return (
    <div class={alarm ? "tile alarm" : "tile"}>
      <dt>{name}</dt>
      <dd>
        {value === null ? (
          <span class="tile-none muted">{none}</span>
        ) : (
          <>
            <span class="big-number">{words(value)}</span> {unit !== "" && <span class="muted">{unit}</span>}
          </>
        )}
        <Sparkline values={past} label={`${name} in the last hour`} tone={tone} />
      </dd>
    </div>
  );
}
