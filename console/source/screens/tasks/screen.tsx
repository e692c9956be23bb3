import { Page } from "../../parts/page/page.tsx";

export function Tasks() {
  return <Page title="Tasks">{null}</Page>;
}

export function Task({ name }: { readonly name: string }) {
  return <Page title={name}>{null}</Page>;
}
