import { Page } from "../../parts/page/page.tsx";

export function Workers() {
  return <Page title="Workers">{null}</Page>;
}
