import type { Rule } from "./level.js";

const WORKERS_FIRST = "release the workers before the producers";

/** Rules for parameters (`parameter_removed`) and for fields of records (`field_removed`). */
export const FIELD_RULES = {
  removed: {
    level: "WIRE",
    breaks: "workers of the old version reject activations without it; new workers ignore its value",
    rollout:
      "make it optional and mark it `deprecated`, then release; remove it when no producer sends it and nothing older is in flight",
  },
  retired: {
    level: "SOURCE",
    breaks: "callers that pass it and handlers that read it no longer compile; it was optional and deprecated",
    rollout: "remove its last uses in the same change",
  },
  renamed_or_replaced: {
    level: "WIRE",
    breaks:
      "workers of the old version reject activations without the old name; workers of the new version do not find the new name in activations in flight",
    rollout:
      "if both names mean the same value, add the old name to `formerly` of the new one, and release the workers before the producers; if they mean different values, do not use `formerly`: keep the old one, optional and `deprecated`, until no producer sends it, and add the new one as optional or with a default",
  },
  renamed_safely: {
    level: "SOURCE",
    breaks:
      "callers and handlers that use the old name no longer compile; workers accept both names because of `formerly`",
    rollout: `change all uses, ${WORKERS_FIRST}, and remove \`formerly\` when nothing under the old name is in flight`,
  },
  formerly_removed: {
    level: "NOTE",
    breaks: "activations that carry the old name lose the value",
    rollout: "remove it when every producer sends the new name and nothing older is in flight",
  },
  name_reused: {
    level: "WIRE",
    breaks: "workers of the new version read the old value under a new meaning",
    rollout: "choose another name, or reuse the name when nothing with it is in flight",
  },
  added_required: {
    level: "WIRE",
    breaks: "workers of the new version reject activations without it, and callers must pass it",
    rollout: "add it as optional or with a default, release the producers that pass it, then make it required",
  },
  made_required: {
    level: "WIRE",
    breaks: "workers of the new version reject activations without it, and callers must pass it",
    rollout: "give it a default instead, or make every producer pass it and wait until nothing without it is in flight",
  },
  default_removed: {
    level: "WIRE",
    breaks: "workers of the new version reject activations of producers that left it out, and callers must pass it",
    rollout: "make every caller pass it, release, and remove the default when nothing without it is in flight",
  },
  default_withdrawn: {
    level: "SOURCE",
    breaks: "handlers get undefined where they had the default",
    rollout: "handle undefined in the same change",
  },
  default_changed: {
    level: "NOTE",
    breaks: "activations in flight keep the default of their producer",
    rollout: "nothing to do if handlers can handle both",
  },
  made_optional: {
    level: "SOURCE",
    breaks: "handlers get undefined for it; workers of the old version reject activations without it",
    rollout: `handle undefined, ${WORKERS_FIRST}, or give it a default, which producers send`,
  },
  not_nullable: {
    level: "WIRE",
    breaks: "workers of the new version reject null, and callers can no longer pass it",
    rollout: "make every caller pass a value, release, and change it when no null is in flight",
  },
  made_nullable: {
    level: "SOURCE",
    breaks: "handlers get null; workers of the old version reject it",
    rollout: `handle null, ${WORKERS_FIRST}`,
  },
  retyped: {
    level: "WIRE",
    breaks: "workers reject values of the other version",
    rollout:
      "add an optional one of the new type under another name; let handlers read both and producers send the new one; then mark the old one `deprecated`, and remove it when nothing sends it",
  },
  type_widened: {
    level: "SOURCE",
    breaks: "handlers get another type; old values still fit, but workers of the old version reject new ones",
    rollout: `change the handlers, ${WORKERS_FIRST}`,
  },
  type_relaxed: {
    level: "NOTE",
    breaks: "old values still fit and the TypeScript type is the same, but workers of the old version reject new ones",
    rollout: WORKERS_FIRST,
  },
  bounds_narrowed: {
    level: "WIRE",
    breaks: "workers of the new version reject values that were allowed",
    rollout: "keep callers within the new bounds, release, and narrow it when nothing outside them is in flight",
  },
  length_narrowed: {
    level: "WIRE",
    breaks: "workers of the new version reject lengths that were allowed",
    rollout: "keep callers within the new lengths, release, and narrow it when nothing outside them is in flight",
  },
  pattern_changed: {
    level: "WIRE",
    breaks: "workers of the new version may reject strings that were allowed",
    rollout: "make callers match both patterns, release, and change it when nothing else is in flight",
  },
  widened: {
    level: "NOTE",
    breaks: "workers of the old version reject values that are newly allowed",
    rollout: WORKERS_FIRST,
  },
} as const satisfies Record<string, Rule>;

export type FieldRule = keyof typeof FIELD_RULES;
