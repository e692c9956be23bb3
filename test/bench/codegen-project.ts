import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In a namespace, which is a schema file. */
const TASKS = 20;

/** A project with a schema of many tasks, in a checkout, so that its generated code finds that checkout's packages. */
export class CodegenProject implements Disposable {
  readonly checkout: string;
  readonly folder: string;
  readonly tasks: number;

  constructor(checkout: string, namespaces: number) {
    this.checkout = checkout;
    this.tasks = namespaces * TASKS;
    mkdirSync(join(checkout, "dist"), { recursive: true });
    this.folder = mkdtempSync(join(checkout, "dist/bench-codegen-"));
    mkdirSync(this.path("schema"));
    this.write("package.json", JSON.stringify({ type: "module", taskwire: { handlers: "handlers.js" } }));
    this.write("schema/taskwire.yaml", SHARED);
    for (let index = 0; index < namespaces; index += 1) this.edit(index, 0);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** Writes the file of a namespace. `edit`: a number that its first task's description names. */
  edit(index: number, edit: number): void {
    this.write(`schema/space_${index}.yaml`, namespace(index, edit));
  }

  /** The next run of codegen writes every file. */
  clean(): void {
    rmSync(this.path("generated"), { recursive: true, force: true });
  }

  /** The command line of this checkout. */
  get command(): string {
    return join(this.checkout, "runtime/bin/taskwire.js");
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const SHARED = `taskwire: 1
application: bench
types:
  Level: { values: [info, warning, error] }
  Slug: { type: string, pattern: "^[a-z-]+$", max_length: 64 }
  Volume:
    fields: { project_id: int, total: int, indexed: "int?", level: Level }
retry_policies:
  usual: { times: 3, times_exceeded: deadletter, delay: 10s, backoff: exponential, max_delay: 10m }
environments:
  local:
    clusters: { log: { sqlite: log.db } }
    topics: { tasks: { cluster: log } }
    routes: { "*": tasks }
`;

function namespace(index: number, edit: number): string {
  const tasks = Array.from(
    { length: TASKS },
    (_, task) => `      task_${index}_${task}:
        description: Does what the task ${task} of the namespace ${index} is for, the ${task === 0 ? edit : 0}th way.
        parameters:
          organization_id: int
          slug: Slug
          note: { type: "string?", max_length: 200, description: What a person wrote. }
          volumes: "Volume[]"
          at: datetime
          labels: { type: "string{}", default: {} }
        retry: usual
`,
  );
  return `taskwire: 1\nnamespaces:\n  space_${index}:\n    description: The namespace ${index}.\n    tasks:\n${tasks.join("")}`;
}
