import { encoded } from "../../data/routes.ts";
import "./activation.css";
import { useState } from "preact/hooks";
import { useQuery } from "../../data/query.ts";
import { settings } from "../../data/settings.ts";
import { Page } from "../../parts/page/page.tsx";
import { Loaded } from "../../parts/page/states.tsx";
import { aboveActivation } from "./above.ts";
import { InFlight } from "./in-flight.tsx";
import { NotInFlight } from "./not-in-flight.tsx";

/** It is asked for at most this often, seconds. */
const LEAST = 2;

/** One activation: in flight, or as the history remembers it. */
export function Activation({ id }: { readonly id: string }) {
  const { refresh } = settings.value;
  const [isOver, setOver] = useState(false);
  const result = useQuery(
    `activations/${encoded(id)}`,
    { chain: 1 },
    { every: refresh === 0 || isOver ? 0 : Math.max(LEAST, refresh) },
  );
  const { data, error } = result;
  // One that was in flight and is not does not come back; one that was never seen may still be read.
  const hasLeft = data !== undefined && error?.status === 404;
  if (hasLeft !== isOver) setOver(hasLeft);
  if (error?.status === 404) return <NotInFlight id={id} last={data} />;
  // Not asked for yet, or never answered.
  if (data === undefined) {
    return (
      <Page
        title={`Activation ${id}`}
        heading="Activation"
        above={aboveActivation()}
        about={<span class="mono break">{id}</span>}
      >
        <Loaded of={result} what="The activation">
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return <InFlight result={result} document={data} />;
}
