import type { Browsed } from "../../../log/port.js";
import type { Source } from "../sources.js";

/** Where an export is: topic, partition and offset to go on with. */
export type ExportPosition = readonly [topic: string, partition: number, offset: number];

interface ExportPage {
  readonly source: Source;
  readonly partition: number;
  /** Where the reading began. */
  readonly from: number;
  readonly found: Browsed;
  /** undefined: nothing follows. */
  readonly next: ExportPosition | undefined;
}

/** The next records of the topics from `position` on, or from the beginning; undefined: there are none. */
export async function exportPage(
  sources: readonly Source[],
  position: ExportPosition | undefined,
  limit: number,
): Promise<ExportPage | undefined> {
  const [topic, begin, offset] = position ?? [sources[0]?.name ?? "", 0, 0];
  const at = sources.findIndex(({ name }) => name === topic);
  for (const [index, source] of sources.entries()) {
    if (index < at) continue;
    const partitions = await source.log.partitions(source.topic);
    for (const { partition, first, end } of partitions) {
      if (index === at && partition < begin) continue;
      const from = Math.max(first, index === at && partition === begin ? offset : 0);
      if (from >= end) continue;
      const found = await source.log.browse(source.topic, partition, from, limit);
      const after = sources[index + 1];
      const isLast = partition === partitions.at(-1)?.partition;
      const next: ExportPosition | undefined =
        found.next < found.end
          ? [source.name, partition, found.next]
          : isLast
            ? after && [after.name, 0, 0]
            : [source.name, partition + 1, 0];
      return { source, partition, from, found, next };
    }
  }
  return undefined;
}
