import type { IncomingMessage } from 'node:http';

/** A body is too large. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Reads the body of a request. @throws BodyTooLarge; an error of the connection */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > mostBytes) throw new BodyTooLarge(`Expected at most ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
