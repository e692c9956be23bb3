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
  broker: ["base", "wire", "model", "activation", "log", "telemetry"],
  worker: ["base", "wire", "model", "activation", "telemetry"],
  scheduler: ["base", "wire", "model", "activation", "log", "client", "telemetry"],
};

const room = (name) => ({
  name: `runtime-${name}`,
  severity: "error",
  comment: `runtime/${name} may import: ${[name, ...rooms[name]].join(", ")}`,
  from: { path: `^runtime/${name}/` },
  to: { path: "^runtime/", pathNot: [name, ...rooms[name]].map((allowed) => `^runtime/${allowed}/`) },
});

const pure = {
  name: "inflight-is-pure",
  severity: "error",
  comment: "broker/inflight is a pure state machine: no I/O, no timers, nothing of the shells around it",
  from: { path: "^runtime/broker/inflight/" },
  to: { pathNot: ["^runtime/broker/inflight/", "^runtime/(base|wire|model|activation)/"] },
};

/** The rooms of the broker, as docs/internals/broker.md describes them. */
const brokerRooms = {
  inflight: [],
  journal: ["inflight"],
  intake: ["inflight", "journal"],
  dispatch: ["inflight"],
  publish: ["inflight"],
  "runtime-config": ["inflight", "publish"],
  observe: ["inflight", "publish", "runtime-config"],
  engine: ["inflight", "journal", "intake", "dispatch", "publish", "observe"],
};

const brokerRoom = (name) => ({
  name: `broker-${name}`,
  severity: "error",
  comment: `runtime/broker/${name} may import of the broker: ${[name, ...brokerRooms[name]].join(", ")}`,
  from: { path: `^runtime/broker/${name}/` },
  to: {
    path: "^runtime/broker/",
    pathNot: [name, ...brokerRooms[name]].map((allowed) => `^runtime/broker/${allowed}/`),
  },
});

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
    ...Object.keys(rooms).map(room),
    pure,
    ...Object.keys(brokerRooms).map(brokerRoom),
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
