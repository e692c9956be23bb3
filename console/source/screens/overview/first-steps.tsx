import type { KnownTask, TasksDocument } from "../../../../runtime/operations/documents/front.js";
import { linkTo } from "../../data/location.ts";
import type { Result } from "../../data/query.ts";
import { Empty, Loaded } from "../../parts/page/states.tsx";
import { CodeLine } from "./code-line.tsx";
import { callsOf } from "./samples.ts";

/** Nothing was ever sent: the three ways to send the first activation. */
export function FirstSteps({ tasks }: { readonly tasks: Result<TasksDocument> }) {
  return (
    <Empty title="No activation yet">
      <Loaded of={tasks} what="The list of tasks" rows={3}>
        {({ tasks: known, types }) => {
          const task = firstTask(known);
          if (task === undefined) return <NoModel />;
          const { shell, program } = callsOf(task, types[task.application] ?? []);
          return (
            <div class="first-way">
              <p>Send the first one:</p>
              <ol class="first-steps">
                <li>
                  <h2>From this page</h2>
                  <p>
                    <a class="button main" href={linkTo("task", { name: task.name }, { send: 1 })}>
                      Send {task.key}
                    </a>
                  </p>
                </li>
                <li>
                  <h2>On the command line</h2>
                  <CodeLine text={shell} />
                </li>
                <li>
                  <h2>In your program</h2>
                  <CodeLine text={program} />
                </li>
              </ol>
            </div>
          );
        }}
      </Loaded>
    </Empty>
  );
}

/** One that is sent by programs, not by the clock, where there is one. */
function firstTask(known: readonly KnownTask[]): KnownTask | undefined {
  const sendable = known.filter((task) => task.sendable);
  return sendable.find(({ schedule }) => schedule === undefined) ?? sendable[0] ?? known[0];
}

function NoModel() {
  return (
    <>
      <p>This console has no schema, so it cannot name a task to send. Start it with the generated model:</p>
      <CodeLine text="npx taskwire console --model generated/taskwire.json" />
    </>
  );
}
