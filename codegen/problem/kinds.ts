/** One kind of problem. */
export interface ProblemKind {
  /** What is wrong, for people. */
  readonly meaning: string;
  /** What to do. */
  readonly cure: string;
  /** Whether an editor with codegen/taskwire.schema.json marks it, too; an editor's YAML marks YAML's own ones. */
  readonly editor: boolean;
}

/** Every code of a problem, in the order of docs/reference/problems.md, which is printed from this table. Codes never change. */
export const PROBLEM_KINDS = {
  file: {
    meaning:
      "A schema folder or file cannot be read: it is missing, too large, no UTF-8, or a link that leads nowhere.",
    cure: "Name the folder with --schema, split the file, or save it as UTF-8.",
    editor: false,
  },
  yaml_syntax: {
    meaning: "The text is not valid YAML.",
    cure: "The message says what to write: mostly a colon, quotes or other indentation.",
    editor: false,
  },
  yaml_left_out: {
    meaning:
      "A part of YAML that schemas leave out: directives, tags, merge keys, several documents, halves of characters.",
    cure: "Write the value out.",
    editor: false,
  },
  yaml_alias: {
    meaning: "An alias without an anchor, one that holds itself, or aliases that add more than 10,000 values.",
    cure: "Write the values out; quote a text that starts with a star.",
    editor: false,
  },
  yaml_key: {
    meaning: "A key that YAML reads as a number, a boolean, null, a list or a mapping.",
    cure: "Quote it.",
    editor: false,
  },
  duplicate_key: { meaning: "The same key twice in one mapping.", cure: "Remove one of them.", editor: false },
  unknown_key: {
    meaning: "A key that its mapping does not have.",
    cure: "Take the suggested key; docs/reference/schema.md lists all.",
    editor: true,
  },
  missing_key: { meaning: "A key that its mapping must have is not there.", cure: "Add it.", editor: true },
  one_of_keys: {
    meaning: "None or several of the keys of which a mapping has exactly one.",
    cure: "Decide for one of them.",
    editor: true,
  },
  wrong_type: {
    meaning: "A value of another kind: a text for a number, a list for a mapping, nothing at all.",
    cure: "Write what is expected; quote a text that YAML reads as something else.",
    editor: true,
  },
  wrong_value: {
    meaning: "A value of the right kind that is not allowed: no such word, out of bounds, not of the form.",
    cure: "Take one of the values that the message names.",
    editor: true,
  },
  bad_name: {
    meaning: "A declared name that breaks the rule for names of its kind.",
    cure: "Choose another name.",
    editor: true,
  },
  bad_amount: {
    meaning: "A duration or a size that cannot be: a part of a second on the wire, zero, too short, too long.",
    cure: "Take an amount within the bounds that the message names.",
    editor: false,
  },
  unknown_name: {
    meaning: "A type, policy, topic, cluster, namespace, task or environment that is declared nowhere.",
    cure: "Take the suggested name, or declare it.",
    editor: false,
  },
  duplicate: {
    meaning: "Something is declared twice: in two files, two tasks with one wire name, one value twice in an enum.",
    cure: "Rename or remove one; the message names the place of the first.",
    editor: false,
  },
  name_clash: {
    meaning: "Two names of the schema become one in the generated code, by case, dots, hyphens or underscores.",
    cure: "Rename one; the message names the place of the other.",
    editor: false,
  },
  missing_application: {
    meaning: "No file of the schema says application.",
    cure: "Add application: NAME to one file.",
    editor: false,
  },
  recursive_type: {
    meaning: "A record holds itself, by way of others perhaps.",
    cure: "Give one of the fields the type json.",
    editor: false,
  },
  bad_constraint: {
    meaning: "A bound that its type does not take, bounds that exclude each other, or a pattern that does not compile.",
    cure: "Remove or correct the bound.",
    editor: false,
  },
  unfit_value: {
    meaning: "A default, or a parameter of a schedule, is no value of its declared type.",
    cure: "Correct the value or the type.",
    editor: false,
  },
  bad_former_name: {
    meaning: "A former name that something has today, that two have, or that never was a wire name.",
    cure: "Remove it, or write the wire name in full.",
    editor: false,
  },
  bad_retry: {
    meaning: "Parts of a retry policy exclude each other, or a task that runs at most once would run again.",
    cure: "Remove one of the two.",
    editor: false,
  },
  bad_schedule: {
    meaning:
      "An invalid cron expression or one that never matches, an unknown timezone, or keys that exclude each other.",
    cure: "Write five fields and the IANA name of a timezone.",
    editor: false,
  },
  bad_external: {
    meaning: "An external namespace names its own application, or its tasks have keys that only their worker can obey.",
    cure: "Remove external, or the keys.",
    editor: false,
  },
  bad_raw: {
    meaning:
      "A raw namespace with several tasks, with other parameters than one of type bytes, or with a shared topic.",
    cure: "Give it one task with `{ record: bytes }` and a topic of its own.",
    editor: false,
  },
  bad_access: {
    meaning: "The tls or sasl of a Kafka cluster lacks a key that goes with the others, or has one that does not.",
    cure: "Add or remove the key.",
    editor: false,
  },
  bad_variable: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
    meaning: "A variable of an environment that is not of the form ${NAME} or ${NAME:-default}.",
    cure: "Write it in one of these forms.",
    editor: false,
  },
  missing_route: {
    meaning: "An environment routes a namespace nowhere.",
    cure: 'Add a route, or "*" for all others.',
    editor: false,
  },
  absent_namespace: {
    meaning: "A route or a schedule for an environment that its namespace is not in.",
    cure: "Remove it, or add the environment to the namespace's environments.",
    editor: false,
  },
  shared_topic: {
    meaning: "A topic in two pools.",
    cure: "Take it out of one of them.",
    editor: false,
  },
  unread_topic: {
    meaning: "A route leads to a topic that no pool of the environment reads: what is sent there waits for ever.",
    cure: "Add the topic to the topics of a pool, or route to another one.",
    editor: false,
  },
  bad_topic: {
    meaning:
      "A topic whose dead letters or retries cannot lie where it says, or with partitions that a file cannot have.",
    cure: "Name other topics of the same cluster.",
    editor: false,
  },
  long_deadline: {
    meaning: "A task may take longer than the pool of its topic allows.",
    cure: "Shorten the deadline, or raise the pool's max_processing_deadline.",
    editor: false,
  },
  output: {
    meaning: "A file that codegen would write is there already and not codegen's.",
    cure: "Move it away, or choose another folder with --out.",
    editor: false,
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;
