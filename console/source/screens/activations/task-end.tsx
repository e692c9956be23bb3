import { clip, visible } from "../../parts/text/clip.ts";

/** Most characters of a name in a list, and of its title. */
const [LONGEST, TITLE] = [38, 500];

/** The name of a task in a list: of a long one its end, which says most. */
export function TaskEnd({ name }: { readonly name: string }) {
  if (name.length <= LONGEST) return <span class="mono">{visible(name)}</span>;
  return (
    <span class="mono" title={clip(name, TITLE)}>
      …{visible(name.slice(1 - LONGEST))}
    </span>
  );
}
