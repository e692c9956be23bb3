import type { ComponentChildren } from "preact";
import type { NamedType } from "../../../../runtime/model/model.js";
import type { KnownTask } from "../../../../runtime/operations/documents/front.js";
import type { Status } from "../../../../runtime/operations/status/document.js";
import { linkTo } from "../../data/location.ts";
import { Section } from "../../parts/page/page.tsx";
import { Table } from "../../parts/table/table.tsx";
import { Clipped } from "../../parts/text/clipped.tsx";
import { durationWords } from "../../parts/text/duration.ts";
import { plural } from "../../parts/text/number.ts";
import { policyWords } from "./policy-words.ts";
import type { TaskFacts } from "./task-facts.ts";
import { boundsWords, typeWords } from "./type-words.ts";

interface Props {
  readonly facts: TaskFacts;
  readonly statuses: readonly Status[];
  readonly types: readonly NamedType[];
}

/** What the task is: as the schema declares it, and who handles it. */
export function Declaration({ facts, statuses, types }: Props) {
  const { task, namespace, application, owner, known, hashDiffers } = facts;
  const workers = Math.max(
    0,
    ...statuses.flatMap(({ handled }) => handled.filter((each) => each.task === task).map((each) => each.workers)),
  );
  return (
    <>
      <Section title="The task">
        <dl class="facts">
          <Fact name="Application">{application === "" ? "any" : <Clipped text={application} />}</Fact>
          <Fact name="Namespace">
            <Clipped text={namespace} />
          </Fact>
          <Fact name="Owner">
            {owner === null ? <span class="muted">nobody is named</span> : <Clipped text={owner} />}
          </Fact>
          <Fact name="Handled by">
            <a href={linkTo("workers")}>{plural(workers, "connected worker")}</a>
          </Fact>
          {known !== null && <Known task={known} />}
        </dl>
        {hashDiffers !== null && (
          <div class="hashes">
            <p class="tone-again">It is built from different schemas:</p>
            <ul>
              {hashDiffers.hashes.map(({ hash, workers: of, model }) => (
                <li key={hash}>
                  <span class="mono">{hash.slice(0, 8)}</span>{" "}
                  {[...(model ? ["the broker"] : []), ...of.slice(0, 5)].map((name) => (
                    <Clipped key={name} text={`${name} `} longest={40} />
                  ))}
                  {of.length > 5 && `and ${of.length - 5} more`}
                </li>
              ))}
            </ul>
          </div>
        )}
      </Section>
      {known !== null && <Parameters task={known} types={types} />}
    </>
  );
}

function Known({ task }: { readonly task: KnownTask }) {
  const { retry, processingDeadline, expires, atMostOnce, schedule, labels, formerly, silenced } = task;
  return (
    <>
      <Fact name="Retries" wide>
        {policyWords(retry)}
      </Fact>
      <Fact name="Deadline of a run">{durationWords(processingDeadline)}</Fact>
      <Fact name="Expires">{expires === undefined ? "never" : `${durationWords(expires)} after it was sent`}</Fact>
      <Fact name="Runs">{atMostOnce ? "at most once" : "at least once"}</Fact>
      {schedule !== undefined && (
        <Fact name="Schedule">
          <a href={linkTo("schedules")}>{schedule.words}</a>
        </Fact>
      )}
      {labels !== undefined && Object.keys(labels).length > 0 && (
        <Fact name="Labels">
          {Object.entries(labels)
            .map(([name, value]) => `${name}: ${value}`)
            .join(", ")}
        </Fact>
      )}
      {formerly !== undefined && formerly.length > 0 && <Fact name="Formerly">{formerly.join(", ")}</Fact>}
      {silenced !== undefined && silenced.length > 0 && <Fact name="Expected errors">{silenced.join(", ")}</Fact>}
    </>
  );
}

function Parameters({
  task: { parameters },
  types,
}: {
  readonly task: KnownTask;
  readonly types: readonly NamedType[];
}) {
  return (
    <Section title="Parameters">
      {parameters.length === 0 ? (
        <p class="muted">It takes none.</p>
      ) : (
        <Table
          caption="Parameters"
          rows={parameters}
          keyOf={({ name }) => name}
          columns={[
            { id: "name", title: "Name", card: "title", cell: ({ name }) => <span class="mono">{name}</span> },
            { id: "type", title: "Type", cell: ({ type }) => <span class="mono">{typeWords(type)}</span> },
            {
              id: "bounds",
              title: "Values",
              cell: (field) => [...boundsWords(field), ...choicesOf(field.type, types)].join(", "),
            },
            {
              id: "description",
              title: "Description",
              wide: true,
              cell: ({ description, deprecated }) => (
                <>
                  {description}
                  {deprecated !== undefined && <span class="tone-again"> Deprecated: {deprecated}</span>}
                </>
              ),
            },
          ]}
        />
      )}
    </Section>
  );
}

/** Values of an enum, fields of a record. */
function choicesOf(type: KnownTask["parameters"][number]["type"], types: readonly NamedType[]): string[] {
  if (type.kind !== "named") return [];
  const named = types.find(({ name }) => name === type.name);
  if (named === undefined) return [];
  const names = named.kind === "enum" ? named.values : named.fields.map(({ name }) => name);
  const shown = names.slice(0, 8).join(" | ");
  return [`${named.kind === "enum" ? "" : "fields "}${shown}${names.length > 8 ? " | …" : ""}`];
}

interface FactProps {
  readonly name: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

function Fact({ name, wide = false, children }: FactProps) {
  return (
    <div class={wide ? "fact wide" : "fact"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
