/** Processing deadline of a task that declares none, and of an activation that carries none. Milliseconds. */
export const PROCESSING_DEADLINE_MS = 30_000;
