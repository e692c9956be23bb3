import { Page } from "../../parts/page/page.tsx";

export function Schedules() {
  return <Page title="Schedules">{null}</Page>;
}
