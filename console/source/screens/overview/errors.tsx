import { useQuery } from "../../data/query.ts";
import { Section } from "../../parts/page/page.tsx";
import { Loaded } from "../../parts/page/states.tsx";
import { count, plural } from "../../parts/text/number.ts";
import { ErrorGroups } from "../tasks/error-groups.tsx";

const MOST = 6;
/** Seconds. */
const PACE = 10;

/** Error groups that were seen within the last hour. */
export function Errors() {
  const errors = useQuery("errors", { q: "age<1h", limit: MOST }, { every: PACE });
  return (
    <Section title="Errors of the last hour">
      <Loaded of={errors} what="The list of errors" rows={4}>
        {({ groups, matched, ungrouped }) => (
          <>
            {groups.length === 0 ? (
              <p class="muted">No run failed in the last hour.</p>
            ) : (
              <ErrorGroups groups={groups} />
            )}
            {matched > groups.length && (
              <p class="muted">
                The last {groups.length} of {plural(matched, "group")}.
              </p>
            )}
            {ungrouped > 0 && (
              <p class="muted">{count(ungrouped)} failed runs came too fast to be grouped since the brokers' start.</p>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}
