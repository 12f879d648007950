import { answerOf } from './session.js';

/**
 * Reads an answer of JSON lines as they arrive.
 *
 * @param onPart called with each line's value
 * @param signal closes the connection, by which the server stops its work; the promise then resolves
 * @throws RefusedError
 */
export async function readLines<T>(
  path: string,
  onPart: (part: T) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { body } = await answerOf(path, { signal });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onPart(JSON.parse(line) as T);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
