import { linkTo } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import { Section } from "../../parts/page/page.tsx";
import { Loaded } from "../../parts/page/states.tsx";
import { Findings } from "../overview/findings.tsx";
import { ErrorGroups } from "./error-groups.tsx";
import { filterText } from "./filter-text.ts";

/** Seconds. */
const [FINDINGS_PACE, ERRORS_PACE] = [5, 10];
const MOST = 10;

/** Why a task does not run, or that nothing is wrong with it. */
export function TaskFindings({ name }: { readonly name: string }) {
  const problems = useQuery("problems", { task: name }, { every: FINDINGS_PACE });
  return (
    <Loaded of={problems} what="What is wrong with this task" rows={2}>
      {(data) => <Findings problems={data} onTask />}
    </Loaded>
  );
}

/** How its runs failed. */
export function TaskErrors({ name }: { readonly name: string }) {
  const q = filterText({ task: name });
  const errors = useQuery("errors", { q, limit: MOST }, { every: ERRORS_PACE });
  return (
    <Section title="Errors" aside={<a href={linkTo("letters", {}, { q })}>Its dead letters</a>}>
      <Loaded of={errors} what="The list of errors" rows={3}>
        {({ groups }) =>
          groups.length === 0 ? (
            <p class="muted">No run of it failed since the history begins.</p>
          ) : (
            <ErrorGroups groups={groups} named={false} />
          )
        }
      </Loaded>
    </Section>
  );
}
