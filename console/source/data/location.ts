import { useLocation } from "preact-iso/router";
import { pool } from "./pool.ts";
import { pathOf, type Route, routeOf, type ScreenName, type Search } from "./routes.ts";

/** The path that every address of the page begins with, by the <base> that the server writes; ends in a slash. */
export function basePath(): string {
  return new URL(".", document.baseURI).pathname;
}

/** The address of a screen, for links; it keeps the pool that the page is narrowed to. */
export function linkTo(screen: ScreenName, params?: Readonly<Record<string, string>>, search?: Search): string {
  return pathOf(basePath(), screen, params, { ...search, pool: pool.value });
}

interface Here {
  readonly route: Route | undefined;
  readonly path: string;
  /** What the address has behind its `?`. */
  readonly search: URLSearchParams;
  /** Changes values of the search, undefined removes one. `keep`: a step that Back returns over. */
  readonly change: (search: Search, how?: "replace" | "keep") => void;
  readonly go: (address: string) => void;
}

/** Where the page is. Filter, order, page, columns and range are in the search, so that a link shows others the same. */
export function useHere(): Here {
  const { url, route: navigate } = useLocation();
  const address = new URL(url, location.origin);
  return {
    route: routeOf(basePath(), address.pathname),
    path: address.pathname,
    search: address.searchParams,
    change(search, how = "keep") {
      const next = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(search)) {
        if (value === undefined || value === "") next.delete(name);
        else next.set(name, String(value));
      }
      const written = next.toString();
      navigate(`${location.pathname}${written === "" ? "" : `?${written}`}`, how === "replace");
    },
    go: (to) => navigate(to),
  };
}
