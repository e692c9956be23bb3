/** One kind of problem. */
export interface ProblemKind {
  /** What is wrong. */
  readonly meaning: string;
  /** What to do. */
  readonly hint: string;
  /** Whether an editor with codegen/taskwire.schema.json marks it as well; YAML's own problems it marks without a schema. */
  readonly editor: boolean;
}

/** Every code of a problem, in the order of docs/reference/problems.md, which is printed from this table. Codes never change. */
export const PROBLEM_KINDS = {
  file: {
    meaning: "A schema folder or file cannot be read: it is missing, too large, not UTF-8, or a broken link.",
    hint: "Name the folder with --schema, split the file, or save it as UTF-8.",
    editor: false,
  },
  yaml_syntax: {
    meaning: "The text is not valid YAML.",
    hint: "Follow the message: usually a colon, quotes or indentation is wrong.",
    editor: false,
  },
  yaml_left_out: {
    meaning:
      "A part of YAML that schemas do not support: directives, tags, merge keys, several documents, lone surrogates.",
    hint: "Write the value out.",
    editor: false,
  },
  yaml_alias: {
    meaning: "An alias without an anchor, one that contains itself, or aliases that add more than 10,000 values.",
    hint: "Write the values out; quote a string that starts with a star.",
    editor: false,
  },
  yaml_key: {
    meaning: "A key that YAML reads as a number, a boolean, null, a list or a mapping.",
    hint: "Quote it.",
    editor: false,
  },
  duplicate_key: { meaning: "A key appears twice in one mapping.", hint: "Remove one of them.", editor: false },
  unknown_key: {
    meaning: "An unknown key.",
    hint: "Use the suggested key; docs/reference/schema.md lists all.",
    editor: true,
  },
  missing_key: { meaning: "A required key is missing.", hint: "Add it.", editor: true },
  one_of_keys: {
    meaning: "A mapping has none, or several, of the keys of which it needs exactly one.",
    hint: "Keep exactly one of them.",
    editor: true,
  },
  wrong_type: {
    meaning: "A value of the wrong type: a string instead of a number, a list instead of a mapping, no value at all.",
    hint: "Write the expected type; quote a string that YAML reads as something else.",
    editor: true,
  },
  wrong_value: {
    meaning:
      "A value of the right type that is not allowed: an unknown word, a number out of range, a malformed string.",
    hint: "Use one of the values that the message names.",
    editor: true,
  },
  bad_name: {
    meaning: "A name that breaks the naming rule of its kind.",
    hint: "Choose another name.",
    editor: true,
  },
  bad_amount: {
    meaning: "An invalid duration or size: fractions of a second on the wire, zero, too small, too large.",
    hint: "Use an amount within the bounds that the message names.",
    editor: false,
  },
  unknown_name: {
    meaning: "An unknown type, policy, topic, cluster, namespace, task or environment.",
    hint: "Use the suggested name, or declare it.",
    editor: false,
  },
  duplicate: {
    meaning: "A duplicate: a declaration in two files, a wire name of two tasks, a value twice in an enum.",
    hint: "Rename or remove one; the message names the place of the first.",
    editor: false,
  },
  name_clash: {
    meaning:
      "Two names of the schema become the same name in the generated code; case, dots, hyphens and underscores do not count.",
    hint: "Rename one; the message names the place of the other.",
    editor: false,
  },
  missing_application: {
    meaning: "No file of the schema names the application.",
    hint: "Add application: NAME to one file.",
    editor: false,
  },
  recursive_type: {
    meaning: "A record contains itself, directly or through other records.",
    hint: "Give one of the fields the type json.",
    editor: false,
  },
  bad_constraint: {
    meaning:
      "A constraint that its type does not take, constraints that contradict each other, or a pattern that does not compile.",
    hint: "Remove or correct the constraint.",
    editor: false,
  },
  unfit_value: {
    meaning: "A default, or a parameter of a schedule, does not fit its declared type.",
    hint: "Correct the value or the type.",
    editor: false,
  },
  bad_former_name: {
    meaning: "A former name that is in use today, that two entries have, or that cannot have been a wire name.",
    hint: "Remove it, or write the wire name in full.",
    editor: false,
  },
  bad_retry: {
    meaning: "A retry policy contradicts itself, or would repeat a task that runs at most once.",
    hint: "Remove one of the two.",
    editor: false,
  },
  bad_schedule: {
    meaning:
      "An invalid cron expression, or one that never matches; an unknown timezone; or keys that exclude each other.",
    hint: "Write five fields, and the IANA name of a timezone.",
    editor: false,
  },
  bad_external: {
    meaning:
      "An external namespace names this schema's application, or its tasks have keys that only affect their own worker.",
    hint: "Remove external, or the keys.",
    editor: false,
  },
  bad_raw: {
    meaning:
      "A raw namespace with several tasks, with parameters other than one of type bytes, or with a shared topic.",
    hint: "Give it one task with `{ record: bytes }` and a topic of its own.",
    editor: false,
  },
  bad_access: {
    meaning: "The tls or sasl of a Kafka cluster lacks a key, or has one that does not belong to it.",
    hint: "Add or remove the key.",
    editor: false,
  },
  bad_variable: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
    meaning: "A malformed variable: not ${NAME} or ${NAME:-default}.",
    hint: "Write it in one of these forms.",
    editor: false,
  },
  missing_route: {
    meaning: "An environment has no route for a namespace.",
    hint: 'Add a route, or "*" for all others.',
    editor: false,
  },
  absent_namespace: {
    meaning: "A route or a schedule for an environment that the namespace is not in.",
    hint: "Remove it, or add the environment to the namespace's environments.",
    editor: false,
  },
  shared_topic: {
    meaning: "A topic is in two pools.",
    hint: "Remove it from one of them.",
    editor: false,
  },
  unread_topic: {
    meaning: "A route leads to a topic that no pool of the environment reads: activations there wait forever.",
    hint: "Add the topic to the topics of a pool, or route to another one.",
    editor: false,
  },
  bad_topic: {
    meaning:
      "A topic whose dead letters or retries cannot be stored where it says, or whose cluster does not support its partitions.",
    hint: "Name other topics of the same cluster, or correct the partitions.",
    editor: false,
  },
  long_deadline: {
    meaning: "A task's deadline is longer than the pool of its topic allows.",
    hint: "Shorten the deadline, or raise the pool's max_processing_deadline.",
    editor: false,
  },
  output: {
    meaning: "A file at a generated path was not written by codegen.",
    hint: "Move it away, or choose another folder with --out.",
    editor: false,
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;
