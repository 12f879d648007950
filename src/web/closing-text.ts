/** The protocol has room for 123 bytes. */
const MOST_BYTES = 120;

/** What is told when a WebSocket is closed: a text that is as long as it may be. */
export function closingText(text: string): string {
  const bytes = Buffer.from(text);
  // A character that was cut off is left out.
  return bytes.length <= MOST_BYTES ? text : bytes.toString('utf8', 0, MOST_BYTES).replace(/\uFFFD+$/, '');
}
