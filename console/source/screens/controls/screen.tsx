import { Page } from "../../parts/page/page.tsx";

export function Controls() {
  return <Page title="Controls">{null}</Page>;
}
