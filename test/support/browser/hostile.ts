import { fullNight, type Night } from "./answers.js";
import { NIGHT } from "./bed.js";

/** Strings that break out of a page that treats data as anything else than text. */
export const HOSTILE: readonly string[] = [
  '<img src="x" onerror="alert(1)">',
  "javascript:alert(1)",
  "</script><script>alert(1)</script>",
  "right \u202e tfel",
  "\u001b[31mred\u001b[0m",
  "nul\u0000nul",
  "lone \ud800 surrogate",
  "__proto__",
  "constructor",
  `long ${"x".repeat(3000)}`,
];

/** Fields whose text comes from outside. */
const FIELDS = new Set(
  (
    "task namespace application worker topic error filter actor by message text evidence hint subject reason host peer " +
    "cause details address name description words data file environment owner frame version note problem crashLoop"
  ).split(" "),
);

/** What the pages need to be as it is: states, and names that choose what is drawn. */
const KEPT = new Set(["open", "replayed", "purged"]);

/** A copy in which every text from outside is hostile. */
function hostile<Document>(document: Document): Document {
  let next = 0;
  const copy: Document = JSON.parse(
    JSON.stringify(document, (key, value: unknown) => {
      if (typeof value !== "string" || !FIELDS.has(key) || KEPT.has(value)) return value;
      next += 1;
      return HOSTILE[next % HOSTILE.length];
    }),
  );
  return copy;
}

export function hostileNight(): Night {
  const night = fullNight(NIGHT);
  const { activations, letters } = night;
  return {
    session: { ...night.session, name: HOSTILE[0] ?? "", environment: HOSTILE[4] ?? "" },
    statuses: hostile(night.statuses),
    problems: hostile(night.problems),
    jobs: hostile(night.jobs),
    controls: hostile(night.controls),
    workers: hostile(night.workers),
    tasks: hostile(night.tasks),
    schedules: hostile(night.schedules),
    errors: hostile(night.errors),
    audit: hostile(night.audit),
    activations: { length: activations.length, row: (index) => hostile(activations.row(index)) },
    letters: { counts: letters.counts, row: (state, index) => hostile(letters.row(state, index)) },
    ends: (task) => hostile(night.ends(task)),
    series: (tasks) => night.series(tasks),
  };
}

/** Parameters as JSON text: hostile names and values, 10,000 levels, 10,000 names, and a line of 1 MiB. */
export function hostileParameters(): string {
  const members = HOSTILE.map((text) => `${JSON.stringify(text)}:${JSON.stringify(text)}`);
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const many = Array.from({ length: 10_000 }, (_, index) => `"n${index}":${index}`).join(",");
  return `{"kind":"unnamed","args":[${deep},{${many}},"${"y".repeat(2 ** 20)}",9007199254740993],"kwargs":{${members.join(",")}}}`;
}
