import { Page } from "../../parts/page/page.tsx";

export function Activations() {
  return <Page title="Activations">{null}</Page>;
}
