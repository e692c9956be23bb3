import { clip } from "../../parts/text/clip.ts";

/** The name of a task as a heading: lines break behind its dots and underscores. */
export function TaskName({ name }: { readonly name: string }) {
  const parts = clip(name, 120).split(/(?<=[._])/);
  return (
    <span title={name.length > 120 ? clip(name, 500) : undefined}>
      {parts.map((part, index) => (
        <span key={index}>
          {part}
          <wbr />
        </span>
      ))}
    </span>
  );
}
