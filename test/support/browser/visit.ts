import type { Browser, BrowserContext, Page } from "playwright-core";
import { NIGHT, type Stand } from "./bed.js";

export interface VisitOptions {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  /** false: the page's clock is the machine's. */
  readonly fixedClock?: boolean;
}

/** A page of the console, and everything that no page may do. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console, exceptions, reports of the content security policy, requests to other origins. */
  readonly faults: string[];
}

/** Opens a path of a console in a browser of its own cookies and storage. */
export async function visit(browser: Browser, stand: Stand, path: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1280, scheme = "light", fixedClock = true } = options;
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 780 : 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Vienna",
    locale: "en-GB",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  const origin = new URL(stand.address).origin;
  // What answers of the server cause is no fault of the page: the browser itself writes these lines.
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== origin) faults.push(`request to ${url.origin}`);
  });
  await context.exposeBinding("reportViolation", (_, text: string) => faults.push(`content security policy: ${text}`));
  await context.addInitScript(
    `addEventListener("securitypolicyviolation", (event) => reportViolation(event.violatedDirective + " " + event.blockedURI + " " + event.sample));`,
  );
  if (fixedClock) await page.clock.setFixedTime(NIGHT);
  await page.goto(stand.address + path);
  return { page, context, faults };
}
