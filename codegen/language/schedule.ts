import { either, wordOr } from "./alternatives.js";
import { listOf, mapping, optional } from "./collections.js";
import { boolean, choice, duration, integer, text } from "./scalars.js";
import { PARAMETER_VALUES } from "./values.js";

/** Most slots that one catch-up starts. */
const MOST_MISSED = 1000;

/** When a task is started by itself. */
export const SCHEDULE = mapping(
  "a schedule",
  {
    cron: optional(
      text("a cron expression"),
      'Five fields: minute, hour, day of month, month, day of week: `"*/10 * * * *"`.',
    ),
    every: optional(
      duration({ positive: true }),
      "Time between two runs; runs are at its multiples since 1970, in UTC.",
    ),
    timezone: optional(text("a timezone"), "IANA name of the timezone that cron is in; default UTC."),
    parameters: optional(PARAMETER_VALUES, "Parameters of each run; default none."),
    missed: optional(
      wordOr("skip, once or a whole number", choice("skip", "once"), integer({ min: 1, max: MOST_MISSED })),
      "What becomes of runs that fell due while no scheduler ran: none, one, or at most so many; default once.",
    ),
    jitter: optional(duration({ positive: false }), "Longest random delay of a run; default 0."),
    enabled: optional(
      either(
        "true, false or a list of environments",
        boolean(),
        listOf("environments", text("an environment's name"), { nonEmpty: true }),
      ),
      "Whether it runs, or the environments it runs in; default true.",
    ),
  },
  ["cron", "every"],
);
