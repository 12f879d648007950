/** Conditions name subscribers: `gui: p99>20ms`. */
export const SUBSCRIBER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$/u;

/** The names of a group of subscribers: `gui` for one, `gui-1`, `gui-2` … for several. */
export function subscriberNames(name: string, count: number): string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
}
