import { Page } from "../../parts/page/page.tsx";

export function Overview() {
  return <Page title="Overview">{null}</Page>;
}
