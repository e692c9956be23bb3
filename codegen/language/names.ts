import type { TextRule } from "./shapes/scalars.js";
import type { NameRule } from "./shapes/shape.js";

const PROTOTYPE_NAMES = ["__proto__", "constructor", "prototype"];

/** Every object inherits these: one without such a field would seem to have it. */
const INHERITED_NAMES = [
  ...["hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"],
  ...["__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"],
];

export const NAMESPACE_NAME: NameRule = {
  what: "a namespace name",
  pattern: "^(?=.{1,120}$)[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*)*$",
  words:
    "lower-case letters, digits, _ and -, words joined by dots, each starting with a letter, 120 characters at most",
  refused: PROTOTYPE_NAMES,
};

export const TASK_NAME: NameRule = {
  what: "a task name",
  pattern: "^[a-z][a-z0-9_]{0,119}$",
  words: "lower-case letters, digits and _, starting with a letter, 120 characters at most",
  refused: [...PROTOTYPE_NAMES, "then", "toJSON", "toString", "valueOf", "to_string", "value_of"],
};

export const FIELD_NAME: NameRule = {
  what: "a parameter or field name",
  pattern: "^[A-Za-z_][A-Za-z0-9_]{0,119}$",
  words: "letters, digits and _, not starting with a digit, 120 characters at most",
  refused: [...PROTOTYPE_NAMES, ...INHERITED_NAMES],
};

export const TYPE_NAME: NameRule = {
  what: "a type name",
  pattern: "^[A-Z][A-Za-z0-9]{0,119}$",
  words: "letters and digits, starting with a capital, 120 characters at most",
  refused: [],
};

export const POLICY_NAME: NameRule = {
  what: "a retry policy's name",
  pattern: "^[A-Za-z_][A-Za-z0-9_-]{0,119}$",
  words: "letters, digits, _ and -, starting with a letter or _, 120 characters at most",
  refused: PROTOTYPE_NAMES,
};

/** Environments, clusters and pools: file names and flags are made of them. */
export const PLACE_NAME: NameRule = {
  what: "an environment's, cluster's or pool's name",
  pattern: "^[a-z][a-z0-9_-]{0,63}$",
  words: "lower-case letters, digits, _ and -, starting with a letter, 64 characters at most",
  refused: PROTOTYPE_NAMES,
};

export const TOPIC_NAME: NameRule = {
  what: "a topic name",
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,248}$",
  words: "letters, digits, dots, _ and -, starting with a letter or digit, 249 characters at most",
  refused: PROTOTYPE_NAMES,
};

/** An application, where it is a key. */
export const APPLICATION_KEY: NameRule = {
  what: "an application's name",
  pattern: "^[A-Za-z][A-Za-z0-9_.-]{0,119}$",
  words: "letters, digits, dots, _ and -, starting with a letter, 120 characters at most",
  refused: PROTOTYPE_NAMES,
};

export const ROUTE_NAME: NameRule = {
  what: 'a namespace\'s full name or "*"',
  pattern: `${NAMESPACE_NAME.pattern}|^\\*$`,
  words: "exactly as declared",
  refused: PROTOTYPE_NAMES,
};

/** Names that travel in activations: printable, without space. */
export const WIRE_NAME: TextRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_.:/-]{0,249}$/,
  words: "letters, digits and _ . : / -, starting with a letter or _, 250 characters at most",
};
/** Short enough that a prefix and a task's name are a valid wire name. */
export const NAME_PREFIX: TextRule = {
  pattern: /^([A-Za-z_][A-Za-z0-9_.:/-]{0,129})?$/,
  words: "letters, digits and _ . : / -, starting with a letter or _, 130 characters at most",
};
export const OWNER: TextRule = {
  pattern: /^[\w@#][\w @#./:+-]{0,99}$/,
  words:
    "letters, digits, spaces and _ @ # . / : + -, starting with a letter, digit, _, @ or #, 100 characters at most",
  empty: 'write one, or remove the key; a value that begins with # needs quotes: "#team"',
};
export const LABEL_NAME: NameRule = {
  what: "a label's name",
  pattern: "^[A-Za-z][A-Za-z0-9_./-]{0,62}$",
  words: "letters, digits and _ . / -, starting with a letter, 63 characters at most",
  refused: PROTOTYPE_NAMES,
};
export const LABEL_VALUE: TextRule = {
  pattern: /^.{0,200}$/,
  words: "one line of 200 characters at most",
};
export const ERROR_NAME: TextRule = {
  pattern: /^[A-Za-z_$][A-Za-z0-9_$.]{0,199}$/,
  words: "letters, digits and _ $ ., not starting with a digit, 200 characters at most",
};

/** The same rule for a string that is no key. */
export function asText({ pattern, words }: NameRule): TextRule {
  return { pattern: new RegExp(pattern), words };
}
