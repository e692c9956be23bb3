/** One kind of problem. */
export interface ProblemKind {
  /** What is wrong, for people. */
  readonly meaning: string;
  /** What to do. */
  readonly hint: string;
  /** Whether an editor with codegen/taskwire.schema.json marks it, too; an editor's YAML marks YAML's own ones. */
  readonly editor: boolean;
}

/** Every code of a problem, in the order of docs/reference/problems.md, which is printed from this table. Codes never change. */
export const PROBLEM_KINDS = {
  file: {
    meaning:
      "A schema folder or file cannot be read: it is missing, too large, no UTF-8, or a link that leads nowhere.",
    hint: "Name the folder with --schema, split the file, or save it as UTF-8.",
    editor: false,
  },
  yaml_syntax: {
    meaning: "The text is not valid YAML.",
    hint: "The message says what to write: mostly a colon, quotes or other indentation.",
    editor: false,
  },
  yaml_left_out: {
    meaning:
      "A part of YAML that schemas leave out: directives, tags, merge keys, several documents, halves of characters.",
    hint: "Write the value out.",
    editor: false,
  },
  yaml_alias: {
    meaning: "An alias without an anchor, one that holds itself, or aliases that add more than 10,000 values.",
    hint: "Write the values out; quote a text that starts with a star.",
    editor: false,
  },
  yaml_key: {
    meaning: "A key that YAML reads as a number, a boolean, null, a list or a mapping.",
    hint: "Quote it.",
    editor: false,
  },
  duplicate_key: { meaning: "The same key twice in one mapping.", hint: "Remove one of them.", editor: false },
  unknown_key: {
    meaning: "A key that its mapping does not have.",
    hint: "Take the suggested key; docs/reference/schema.md lists all.",
    editor: true,
  },
  missing_key: { meaning: "A key that its mapping must have is not there.", hint: "Add it.", editor: true },
  one_of_keys: {
    meaning: "None or several of the keys of which a mapping has exactly one.",
    hint: "Decide for one of them.",
    editor: true,
  },
  wrong_type: {
    meaning: "A value of another kind: a text for a number, a list for a mapping, nothing at all.",
    hint: "Write what is expected; quote a text that YAML reads as something else.",
    editor: true,
  },
  wrong_value: {
    meaning: "A value of the right kind that is not allowed: no such word, out of bounds, not of the form.",
    hint: "Take one of the values that the message names.",
    editor: true,
  },
  bad_name: {
    meaning: "A declared name that breaks the rule for names of its kind.",
    hint: "Choose another name.",
    editor: true,
  },
  bad_amount: {
    meaning: "A duration or a size that cannot be: a part of a second on the wire, zero, too short, too long.",
    hint: "Take an amount within the bounds that the message names.",
    editor: false,
  },
  unknown_name: {
    meaning: "A type, policy, topic, cluster, namespace, task or environment that is declared nowhere.",
    hint: "Take the suggested name, or declare it.",
    editor: false,
  },
  duplicate: {
    meaning: "Something is declared twice: in two files, two tasks with one wire name, one value twice in an enum.",
    hint: "Rename or remove one; the message names the place of the first.",
    editor: false,
  },
  name_clash: {
    meaning: "Two names of the schema become one in the generated code, by case, dots, hyphens or underscores.",
    hint: "Rename one; the message names the place of the other.",
    editor: false,
  },
  missing_application: {
    meaning: "No file of the schema says application.",
    hint: "Add application: NAME to one file.",
    editor: false,
  },
  recursive_type: {
    meaning: "A record holds itself, by way of others perhaps.",
    hint: "Give one of the fields the type json.",
    editor: false,
  },
  bad_constraint: {
    meaning: "A bound that its type does not take, bounds that exclude each other, or a pattern that does not compile.",
    hint: "Remove or correct the bound.",
    editor: false,
  },
  unfit_value: {
    meaning: "A default, or a parameter of a schedule, is no value of its declared type.",
    hint: "Correct the value or the type.",
    editor: false,
  },
  bad_former_name: {
    meaning: "A former name that something has today, that two have, or that never was a wire name.",
    hint: "Remove it, or write the wire name in full.",
    editor: false,
  },
  bad_retry: {
    meaning: "Parts of a retry policy exclude each other, or a task that runs at most once would run again.",
    hint: "Remove one of the two.",
    editor: false,
  },
  bad_schedule: {
    meaning:
      "An invalid cron expression or one that never matches, an unknown timezone, or keys that exclude each other.",
    hint: "Write five fields and the IANA name of a timezone.",
    editor: false,
  },
  bad_external: {
    meaning: "An external namespace names its own application, or its tasks have keys that only their worker can obey.",
    hint: "Remove external, or the keys.",
    editor: false,
  },
  bad_raw: {
    meaning:
      "A raw namespace with several tasks, with other parameters than one of type bytes, or with a shared topic.",
    hint: "Give it one task with `{ record: bytes }` and a topic of its own.",
    editor: false,
  },
  bad_access: {
    meaning: "The tls or sasl of a Kafka cluster lacks a key that goes with the others, or has one that does not.",
    hint: "Add or remove the key.",
    editor: false,
  },
  bad_variable: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
    meaning: "A variable of an environment that is not of the form ${NAME} or ${NAME:-default}.",
    hint: "Write it in one of these forms.",
    editor: false,
  },
  missing_route: {
    meaning: "An environment routes a namespace nowhere.",
    hint: 'Add a route, or "*" for all others.',
    editor: false,
  },
  absent_namespace: {
    meaning: "A route or a schedule for an environment that its namespace is not in.",
    hint: "Remove it, or add the environment to the namespace's environments.",
    editor: false,
  },
  shared_topic: {
    meaning: "A topic in two pools.",
    hint: "Take it out of one of them.",
    editor: false,
  },
  unread_topic: {
    meaning: "A route leads to a topic that no pool of the environment reads: what is sent there waits for ever.",
    hint: "Add the topic to the topics of a pool, or route to another one.",
    editor: false,
  },
  bad_topic: {
    meaning:
      "A topic whose dead letters or retries cannot lie where it says, or with partitions that a file cannot have.",
    hint: "Name other topics of the same cluster.",
    editor: false,
  },
  long_deadline: {
    meaning: "A task may take longer than the pool of its topic allows.",
    hint: "Shorten the deadline, or raise the pool's max_processing_deadline.",
    editor: false,
  },
  output: {
    meaning: "A file that codegen would write is there already and not codegen's.",
    hint: "Move it away, or choose another folder with --out.",
    editor: false,
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;
