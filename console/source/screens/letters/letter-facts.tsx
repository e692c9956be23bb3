import type { LetterView } from "../../../../runtime/operations/documents/front.js";
import { linkTo } from "../../data/location.ts";
import { Clipped } from "../../parts/text/clipped.tsx";
import { bytes } from "../../parts/text/number.ts";
import { Time } from "../../parts/text/time.tsx";
import type { Fact } from "../activation/facts.tsx";
import { filterOfIds } from "../activations/shown-rows.ts";
import { placeParts } from "./place.ts";

/** What is known of a dead letter, with links to what belongs to it. */
export function factsOf({ letter, key, broker }: LetterView): readonly Fact[] {
  const { task, namespace, application, id, root, fingerprint, replayOf, resolved, original, at, deletedAfter } =
    letter;
  return [
    [
      "Task",
      task === "" ? undefined : (
        <a class="mono" href={linkTo("task", { name: task })}>
          <Clipped text={task} longest={40} />
        </a>
      ),
    ],
    ["Namespace", namespace === "" ? undefined : <Clipped text={namespace} longest={40} />],
    ["Application", application === "" ? undefined : <Clipped text={application} longest={40} />],
    ["Last run", <IdLink id={id} />],
    ["First run", root === id ? undefined : <IdLink id={root} />],
    [
      "Error group",
      fingerprint === "" ? undefined : (
        <a class="mono" href={linkTo("letters", {}, { q: `fp:${fingerprint}` })}>
          {fingerprint}
        </a>
      ),
    ],
    ["Is a replay of", replayOf === undefined ? undefined : <PlaceLink place={replayOf} />],
    ["Replayed as", resolved?.replay === undefined ? undefined : <IdLink id={resolved.replay} />],
    ["Letters of its chain", <a href={linkTo("letters", {}, { q: filterOfIds([root]), state: "all" })}>All of them</a>],
    ["Ended", <Time at={at} none="unknown" exact />],
    ["Deleted after", deletedAfter === undefined ? "never" : <Time at={deletedAfter} exact />],
    ["Original record", <span class="mono break">{original}</span>],
    ["Key", key === undefined ? undefined : <Clipped text={key} longest={60} mono />],
    ["Size", bytes(letter.size)],
    ["Runs at most once", letter.atMostOnce ? "yes" : "no"],
    ["Shown by", <span class="mono break">{broker}</span>],
  ];
}

function IdLink({ id }: { readonly id: string }) {
  return (
    <a class="mono" href={linkTo("activation", { id })}>
      <Clipped text={id} longest={22} />
    </a>
  );
}

function PlaceLink({ place }: { readonly place: string }) {
  return (
    <a class="mono break" href={linkTo("letter", placeParts(place))}>
      {place}
    </a>
  );
}
