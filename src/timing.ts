/**
 * How the wait for an event's moment is made: what is exact takes CPU time.
 *
 * - `precise`: turns of the event loop for the last 2.5 ms. A core's time.
 * - `balanced`: short sleeps of the thread, the last one to the microsecond. Some percent of a core.
 * - `eco`: timers alone. About a millisecond late, never early.
 */
export type Timing = 'precise' | 'balanced' | 'eco';
