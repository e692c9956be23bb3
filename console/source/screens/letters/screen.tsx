import { Page } from "../../parts/page/page.tsx";

export function Letters() {
  return <Page title="Dead letters">{null}</Page>;
}

export function Letter({
  topic,
  partition,
  offset,
}: {
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
}) {
  return <Page title={`${topic}/${partition}/${offset}`}>{null}</Page>;
}
