/**
 * The program of the log's thread as one CommonJS text, for bundles: no bundler carries the thread's file along. The build
 * writes it into dist (`embed.mjs`); empty where that has not run.
 */
export const THREAD_TEXT: string = "";
