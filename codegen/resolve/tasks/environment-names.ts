import type { Entry } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";
import type { Sections } from "../../validate/sections.js";

/** Reports the name of an unknown environment. */
export function checkEnvironmentName(name: Entry<string>, { environmentNames }: Sections, problems: Problems): void {
  const known = [...environmentNames];
  if (known.includes(name.value)) return;
  problems.add(name.place, {
    code: "unknown_name",
    path: name.path,
    expected: "an environment",
    got: quoted(name.value),
    sentence: `unknown environment ${quoted(name.value)}`,
    hint: didYouMean(name.value, known, "known environments"),
    declaredIn: "environments",
  });
}
