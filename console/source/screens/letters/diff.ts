/** A line of a comparison: in both, only in the old text, or only in the new one. */
export interface DiffLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Most pairs of lines that are compared one by one; beyond it the changed part is shown as a whole. */
const MOST_PAIRS = 1_000_000;

/** The lines that turn one text into the other: as few removed and added ones as possible. */
export function diffOf(before: string, after: string): readonly DiffLine[] {
  const old = before.split("\n");
  const fresh = after.split("\n");
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  const line = (kind: DiffLine["kind"]) => (text: string) => ({ kind, text });
  return [
    ...old.slice(0, start).map(line("same")),
    ...changed(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...old.slice(old.length - end).map(line("same")),
  ];
}

/** Whether anything differs. */
export function differs(lines: readonly DiffLine[]): boolean {
  return lines.some(({ kind }) => kind !== "same");
}

/** A run of equal lines that is left out, or a line. */
type ShownLine = DiffLine | { readonly kind: "skipped"; readonly lines: number };

/** The lines near a change; longer runs of equal ones become one entry. `around`: equal lines shown beside a change. */
export function nearChanges(lines: readonly DiffLine[], around = 3): readonly ShownLine[] {
  const near = lines.map((_, at) => differs(lines.slice(Math.max(0, at - around), at + around + 1)));
  const shown: ShownLine[] = [];
  for (const [at, line] of lines.entries()) {
    const last = shown.at(-1);
    if (near[at] === true) shown.push(line);
    else if (last?.kind === "skipped") shown[shown.length - 1] = { kind: "skipped", lines: last.lines + 1 };
    else shown.push({ kind: "skipped", lines: 1 });
  }
  return shown;
}

/** By the longest common subsequence of lines. */
function changed(old: readonly string[], fresh: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: "removed", text });
  const added = (text: string): DiffLine => ({ kind: "added", text });
  if (old.length * fresh.length > MOST_PAIRS) return [...old.map(removed), ...fresh.map(added)];
  const width = fresh.length + 1;
  // longest[i * width + j]: lines that old from i and fresh from j have in common.
  const longest = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        old[i] === fresh[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length && j < fresh.length) {
    const mine = old[i] ?? "";
    const theirs = fresh[j] ?? "";
    if (mine === theirs) {
      lines.push({ kind: "same", text: mine });
      i += 1;
      j += 1;
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)) {
      lines.push(removed(mine));
      i += 1;
    } else {
      lines.push(added(theirs));
      j += 1;
    }
  }
  return [...lines, ...old.slice(i).map(removed), ...fresh.slice(j).map(added)];
}
