import type { NameRule } from "./shape.js";

const PROTOTYPE_NAMES = ["__proto__", "constructor", "prototype"];

export const NAMESPACE_NAME: NameRule = {
  what: "a namespace name",
  pattern: "^(?=.{1,120}$)[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$",
  refused: PROTOTYPE_NAMES,
};

export const TASK_NAME: NameRule = {
  what: "a task name",
  pattern: "^[a-z][a-z0-9_]{0,119}$",
  refused: [...PROTOTYPE_NAMES, "then", "toJSON", "toString", "valueOf", "to_string", "value_of"],
};

export const FIELD_NAME: NameRule = {
  what: "a parameter or field name",
  pattern: "^[A-Za-z_][A-Za-z0-9_]{0,119}$",
  refused: PROTOTYPE_NAMES,
};

export const TYPE_NAME: NameRule = { what: "a type name", pattern: "^[A-Z][A-Za-z0-9]{0,119}$", refused: [] };

export const POLICY_NAME: NameRule = {
  what: "a retry policy's name",
  pattern: "^[A-Za-z_][A-Za-z0-9_-]{0,119}$",
  refused: PROTOTYPE_NAMES,
};

/** Environments, clusters and pools: file names and flags are made of them. */
export const PLACE_NAME: NameRule = {
  what: "a name in lower case",
  pattern: "^[a-z][a-z0-9_-]{0,63}$",
  refused: PROTOTYPE_NAMES,
};

export const TOPIC_NAME: NameRule = {
  what: "a topic name",
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,248}$",
  refused: PROTOTYPE_NAMES,
};

/** An application, where it is a key. */
export const APPLICATION_KEY: NameRule = {
  what: "an application's name",
  pattern: "^[A-Za-z][A-Za-z0-9_.-]{0,119}$",
  refused: PROTOTYPE_NAMES,
};

export const ROUTE_NAME: NameRule = {
  what: 'a namespace\'s full name or "*"',
  pattern: `${NAMESPACE_NAME.pattern}|^\\*$`,
  refused: PROTOTYPE_NAMES,
};

/** Names that travel in activations: printable, without space. */
export const WIRE_NAME = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,249}$/;
export const APPLICATION_NAME = new RegExp(APPLICATION_KEY.pattern);
export const ERROR_NAME = /^[A-Za-z_$][A-Za-z0-9_$.]{0,199}$/;
