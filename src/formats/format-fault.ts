/** Says why a part of a file cannot be read: it is damaged. */
export class FormatFault extends Error {}

/** What is read; undefined where that is damaged. @throws what `read` throws, but for a `FormatFault` */
export function unlessFault<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}
