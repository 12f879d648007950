/** The token of a run of an agent. */
export const AGENT_TOKEN = /^[0-9a-f]{16}$/;

/** No topic begins with a byte of 255: UTF-8 has none. */
const BEGINNING = '\u00ff tcs-replay agent ';

/**
 * The prefix that each subscriber of an agent subscribes to after its topics, a character for each byte (latin1). No event has such a
 * topic. Proxies pass subscriptions on in their order: when this one has reached the publisher, so have the subscriptions to
 * topics, and they are in force at each hop.
 *
 * @param index of the subscriber in its agent, from 0
 */
export function agentMark(token: string, index: number): string {
  return `${BEGINNING}${token} ${index}`;
}

/** Whether a prefix is that of an agent, which takes no event. */
export function isAgentMark(prefix: string): boolean {
  return prefix.startsWith(BEGINNING);
}
