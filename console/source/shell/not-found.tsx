import { linkTo } from "../data/location.ts";
import { Page } from "../parts/page/page.tsx";
import { Empty } from "../parts/page/states.tsx";

export function NotFound() {
  return (
    <Page title="No such page">
      <Empty title="The console has no page at this address">
        <a href={linkTo("overview")}>Go to the overview</a>
      </Empty>
    </Page>
  );
}
