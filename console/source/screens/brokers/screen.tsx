import { Page } from "../../parts/page/page.tsx";

export function Brokers() {
  return <Page title="Brokers and log">{null}</Page>;
}
