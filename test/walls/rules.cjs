// The walls between the rooms: which room may import which. A room may always import itself.
const rooms = {
  base: [],
  wire: ["base"],
  model: ["base"],
  telemetry: ["base"],
  sampling: ["base"],
  activation: ["base", "wire", "model"],
  log: ["base", "wire", "model", "activation"],
  client: ["base", "wire", "model", "activation", "log"],
  operations: ["base", "wire", "model", "activation", "log"],
  front: ["base", "wire", "model", "activation", "operations"],
  broker: ["base", "wire", "model", "activation", "log", "operations", "telemetry"],
  worker: ["base", "wire", "model", "activation", "telemetry"],
  scheduler: ["base", "wire", "model", "activation", "log", "client", "telemetry"],
  web: ["base", "wire", "model", "activation", "log", "operations", "front", "client", "scheduler", "telemetry"],
};

const pure = {
  name: "inflight-is-pure",
  severity: "error",
  comment: "broker/inflight is a pure state machine: no I/O, no timers, nothing of the shells around it",
  from: { path: "^runtime/broker/inflight/" },
  to: { pathNot: ["^runtime/broker/inflight/", "^runtime/(base|wire|model|activation|operations)/"] },
};

/**
 * Rooms within rooms: what each may import of its siblings, and the files beside them that all may import. Between rooms
 * everything passes one way; a file beside them that is not listed puts the rooms together and is imported by none.
 */
const within = {
  runtime: { files: [], rooms },
  // As docs/internals/broker.md describes them.
  "runtime/broker": {
    files: [],
    rooms: {
      inflight: [],
      journal: ["inflight"],
      intake: ["inflight", "journal"],
      dispatch: ["inflight"],
      publish: ["inflight"],
      "runtime-config": ["inflight", "publish"],
      observe: ["history", "inflight", "publish", "runtime-config"],
      engine: ["inflight", "journal", "intake", "dispatch", "publish", "observe"],
      // What operators see and do; the service asks everything else.
      jobs: [],
      history: ["inflight"],
      reading: ["inflight", "journal"],
      controls: ["inflight", "journal", "engine", "runtime-config"],
      changing: ["inflight", "dispatch", "reading", "jobs"],
      letters: ["jobs"],
      operations: ["inflight", "journal", "engine", "jobs", "history", "controls", "observe"],
    },
  },
  "runtime/broker/inflight": {
    files: ["end-listener", "events", "limits", "live-row", "parts", "persisted", "row", "step"],
    rooms: {
      counts: [],
      commit: [],
      memory: ["counts", "commit"],
      states: ["counts"],
      claims: ["counts", "commit", "memory", "states"],
      acts: ["claims", "memory", "states"],
      intake: ["acts", "claims", "states"],
    },
  },
  "runtime/broker/journal": { files: [], rooms: { tables: [], salvage: ["tables"] } },
  "runtime/log": {
    files: ["browse-limits", "event-stream", "lineage", "port", "record-size", "unique-keys"],
    rooms: { memory: [], sqlite: [], kafka: [] },
  },
  "runtime/log/sqlite": { files: ["messages", "records"], rooms: { file: [], thread: ["file"] } },
  "runtime/log/kafka": {
    files: [],
    rooms: {
      connection: [],
      append: ["connection"],
      fetch: ["connection"],
      group: ["connection"],
      read: ["connection", "fetch", "group"],
    },
  },
  "runtime/worker": {
    files: ["claim", "errors", "options", "waiters"],
    rooms: {
      lock: [],
      channel: [],
      transports: [],
      child: ["channel"],
      runner: ["channel", "child"],
      link: ["child", "lock"],
      supervisor: ["child", "link", "runner"],
      observe: ["child", "supervisor"],
    },
  },
  "runtime/worker/transports": {
    files: ["local-claims", "reporter"],
    rooms: { stream: [], pull: ["stream"], push: [] },
  },
  "runtime/cli": {
    files: [
      "codegen-module",
      "descriptors",
      "handlers-module",
      "known-schedules",
      "look",
      "options",
      "package-config",
      "parameters-argument",
      "pool-logs",
      "restarting-broker",
      "schedule-context",
      "security",
      "signals",
    ],
    rooms: {
      output: [],
      console: ["output"],
      dev: ["console", "output"],
      operator: ["output"],
      commands: ["console", "dev", "output", "operator"],
    },
  },
  "runtime/web": {
    files: ["context", "problem"],
    rooms: { guard: [], files: [], api: [], live: [] },
  },
  // As docs/internals/console.md describes them.
  "console/source": {
    files: [],
    rooms: {
      data: [],
      parts: ["data"],
      screens: ["data", "parts"],
      shell: ["data", "parts", "screens"],
      gallery: ["data", "parts", "style"],
    },
  },
  "runtime/sampling": {
    files: ["constants", "errors", "instruments", "numbers"],
    rooms: {
      ports: [],
      timing: [],
      models: [],
      tasks: ["timing"],
      rates: ["ports", "tasks", "timing"],
      volumes: ["ports", "timing"],
      memory: ["models", "ports"],
    },
  },
  "runtime/wire": {
    files: ["limits", "services", "session"],
    rooms: { proto: [], security: [], codec: ["proto"], server: ["codec", "security"] },
  },
};

const innerRooms = ([parent, { files, rooms }]) =>
  Object.entries(rooms).map(([name, allowed]) => ({
    name: `${parent.replace("runtime/", "").replaceAll("/", "-")}-${name}`,
    severity: "error",
    comment: `${parent}/${name} may import of ${parent}: ${[name, ...allowed, ...files.map((file) => `${file}.ts`)].join(", ")}`,
    from: { path: `^${parent}/${name}/` },
    to: {
      path: `^${parent}/`,
      pathNot: [
        ...[name, ...allowed].map((room) => `^${parent}/${room}/`),
        ...files.map((file) => `^${parent}/${file}\\.ts$`),
      ],
    },
  }));

const codegenStages = [
  ["read", "language|validate|resolve|plan|render|write"],
  ["language", "validate|resolve|plan|render|write"],
  ["validate", "resolve|plan|render|write"],
  ["resolve", "plan|render|write"],
  ["plan", "read|validate|resolve|render|write"],
  ["render", "read|language|validate|resolve|write"],
  ["write", "read|language|validate|resolve|plan|render"],
].map(([stage, refused]) => ({
  name: `codegen-${stage}`,
  severity: "error",
  comment: "codegen's stages pass data one way: read, validate, resolve, plan, render, write",
  from: { path: `^codegen/${stage}/` },
  to: { path: `^codegen/(${refused})/` },
}));

module.exports = {
  forbidden: [
    pure,
    ...Object.entries(within).flatMap(innerRooms),
    ...codegenStages,
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      // Circles of types count, too.
      to: { circular: true },
    },
    {
      name: "runtime-never-codegen",
      severity: "error",
      from: { path: "^runtime/", pathNot: "^runtime/cli/" },
      to: { path: "^codegen/" },
    },
    {
      name: "console-source",
      severity: "error",
      comment: "the console's pages import types and pure functions of operations, and the types that those name",
      from: { path: "^console/" },
      to: { path: "^(runtime|codegen|generated|examples)/", pathNot: "^runtime/(operations|model|activation|base)/" },
    },
    {
      name: "nothing-imports-console",
      severity: "error",
      from: { path: "^(runtime|codegen|examples|generated)/" },
      to: { path: "^console/" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { path: "^(runtime|codegen|examples|generated)/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: ["node_modules", "/dist/"] },
    exclude: { path: ["/dist/", "^dist/"] },
  },
};
