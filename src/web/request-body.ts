import type { IncomingMessage } from 'node:http';

/** A body is too large. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Reads the body of a request. @throws BodyTooLarge: what is left is passed over; an error of the connection */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    // Not by iteration, whose end would end the connection before it is answered.
    request.on('data', (part: Buffer) => {
      sizeBytes += part.length;
      if (sizeBytes <= mostBytes) parts.push(part);
      else reject(new BodyTooLarge(`Expected at most ${mostBytes} bytes`));
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('The connection was closed')));
  });
}
