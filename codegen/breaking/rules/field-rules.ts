import type { Rule } from "./level.js";

const WORKERS_FIRST = "release the workers before the producers";

/** Of a parameter (`parameter_removed`) and of a record's field (`field_removed`) alike. */
export const FIELD_RULES = {
  removed: {
    level: "WIRE",
    breaks: "workers of the old version refuse what lacks it; the new ones drop what was sent in it",
    rollout:
      "make it optional and mark it `deprecated`, release; when no producer sends it and nothing older is in flight, remove it",
  },
  retired: {
    level: "SOURCE",
    breaks: "callers that give it and handlers that read it no longer compile; it was optional and deprecated",
    rollout: "remove its last uses in the same change",
  },
  renamed_or_replaced: {
    level: "WIRE",
    breaks:
      "workers of the old version refuse what lacks the old name; workers of the new version do not find the new name in what is in flight",
    rollout:
      "if both names mean the same value, add the old name to `formerly` of the new one, and release the workers before the producers; if they mean different values, never do that: keep the old one, optional and `deprecated`, until no producer sends it, and add the new one as optional or with a default",
  },
  renamed_safely: {
    level: "SOURCE",
    breaks: "callers and handlers that use the old name no longer compile; workers take both names by `formerly`",
    rollout: `change the uses, ${WORKERS_FIRST}, and remove \`formerly\` when nothing under the old name is in flight`,
  },
  formerly_removed: {
    level: "NOTE",
    breaks: "activations that carry the old name lose the value",
    rollout: "remove it when every producer has the new name and nothing older is in flight",
  },
  name_reused: {
    level: "WIRE",
    breaks: "workers of the new version take the value that was sent for one as that of another",
    rollout: "choose another name, or take the name when nothing with it is in flight",
  },
  added_required: {
    level: "WIRE",
    breaks: "workers of the new version refuse activations without it, and callers must give it",
    rollout: "add it as optional or with a default, release the producers that give it, then make it required",
  },
  made_required: {
    level: "WIRE",
    breaks: "workers of the new version refuse activations without it, and callers must give it",
    rollout: "give it a default instead, or make every producer give it and wait until nothing without it is in flight",
  },
  default_removed: {
    level: "WIRE",
    breaks: "workers of the new version refuse activations of producers that left it out, and callers must give it",
    rollout: "make every caller give it, release, and remove the default when nothing without it is in flight",
  },
  default_withdrawn: {
    level: "SOURCE",
    breaks: "handlers get undefined where they had the default",
    rollout: "handle undefined in the same change",
  },
  default_changed: {
    level: "NOTE",
    breaks: "activations in flight keep the default of their producer",
    rollout: "nothing to do when handlers can do with both",
  },
  made_optional: {
    level: "SOURCE",
    breaks: "handlers get undefined for it; workers of the old version refuse activations without it",
    rollout: `handle undefined, ${WORKERS_FIRST}, or give it a default, which producers send`,
  },
  not_nullable: {
    level: "WIRE",
    breaks: "workers of the new version refuse null, and callers may not give it",
    rollout: "make every caller give a value, release, and change it when no null is in flight",
  },
  made_nullable: {
    level: "SOURCE",
    breaks: "handlers get null; workers of the old version refuse it",
    rollout: `handle null, ${WORKERS_FIRST}`,
  },
  retyped: {
    level: "WIRE",
    breaks: "workers refuse the values of the other version",
    rollout:
      "add one of the new type under another name, optional; let handlers take both and producers send the new one; retire the old one as a removed one",
  },
  type_widened: {
    level: "SOURCE",
    breaks: "handlers get another type; old values still fit, but workers of the old version refuse new ones",
    rollout: `change the handlers, ${WORKERS_FIRST}`,
  },
  type_relaxed: {
    level: "NOTE",
    breaks: "old values still fit and the TypeScript type is the same, but workers of the old version refuse new ones",
    rollout: WORKERS_FIRST,
  },
  bounds_narrowed: {
    level: "WIRE",
    breaks: "workers of the new version refuse values that were allowed",
    rollout: "keep callers within the new bounds, release, and narrow it when nothing outside of them is in flight",
  },
  length_narrowed: {
    level: "WIRE",
    breaks: "workers of the new version refuse lengths that were allowed",
    rollout: "keep callers within the new lengths, release, and narrow it when nothing outside of them is in flight",
  },
  pattern_changed: {
    level: "WIRE",
    breaks: "workers of the new version may refuse texts that were allowed",
    rollout: "keep callers within both patterns, release, and change it when nothing else is in flight",
  },
  widened: {
    level: "NOTE",
    breaks: "workers of the old version refuse what is newly allowed",
    rollout: WORKERS_FIRST,
  },
} as const satisfies Record<string, Rule>;

export type FieldRule = keyof typeof FIELD_RULES;
