/** The children of the boosting tasks start traces of their own. */
export const CHILD_HEADERS = { "sentry-propagate-traces": "false" } as const;
