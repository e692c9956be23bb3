import { Page } from "../../parts/page/page.tsx";

export function Activation({ id }: { readonly id: string }) {
  return <Page title={`Activation ${id}`}>{null}</Page>;
}
