import type { Entry, TaskSpec } from "../../language/index.js";
import { formatPlace, type Place, type Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";

/** The wire names of each application, those of the past included: each belongs to one task. */
export class WireNames {
  readonly #owners = new Map<string, Place>();
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** The task's name on the wire. `prefix`: of the names of its namespace. */
  claim(application: string, prefix: string, task: Entry<TaskSpec>): string {
    const declared = task.value.name;
    const name = declared?.value ?? `${prefix}${task.key}`;
    this.#declare(application, name, declared ?? { ...task, place: task.keyPlace });
    return name;
  }

  /** Its former names. They come after the present ones of all tasks, which have the right of way. */
  claimFormer(application: string, prefix: string, task: Entry<TaskSpec>, name: string): readonly string[] | undefined {
    const entries = task.value.formerly?.value;
    if (entries === undefined) return undefined;
    for (const entry of entries) {
      if (!entry.value.includes(".") && prefix.includes(".") && task.value.name === undefined) {
        this.#problems.add(entry.place, {
          code: "bad_former_name",
          path: entry.path,
          expected: `a wire name such as "${prefix}${entry.value}"`,
          got: quoted(entry.value),
          hint: `write "${prefix}${entry.value}"; if ${quoted(entry.value)} is right, add name: ${name} as well`,
        });
      } else if (entry.value === name) {
        const expected = "a name that it had before";
        this.#problems.add(entry.place, {
          code: "bad_former_name",
          path: entry.path,
          expected,
          got: `${quoted(name)}, which it has`,
          sentence: `${quoted(name)} is the task's present wire name, not a former one`,
          hint: "remove it",
        });
      } else this.#declare(application, entry.value, entry);
    }
    return entries.map(({ value }) => value);
  }

  #declare(application: string, name: string, entry: Entry<unknown>): void {
    const key = `${application}\0${name}`;
    const first = this.#owners.get(key);
    if (first === undefined) {
      this.#owners.set(key, entry.place);
      return;
    }
    this.#problems.add(entry.place, {
      code: "duplicate",
      path: entry.path,
      expected: "a wire name of its own",
      got: `${quoted(name)} again`,
      sentence: `the wire name ${quoted(name)} is taken`,
      hint: `the first is at ${formatPlace(first)}`,
    });
  }
}
