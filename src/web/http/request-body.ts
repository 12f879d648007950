import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.js';

/** A larger body of a request is refused; a larger message of a WebSocket ends its connection. */
export const LARGEST_MESSAGE_BYTES = 64 << 10;

/** Reads the body of a request. @throws Refusal where it is too large: what is left is passed over; an error of the connection */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    // Not by iteration, whose end would end the connection before it is answered.
    request.on('data', (part: Buffer) => {
      sizeBytes += part.length;
      if (sizeBytes <= LARGEST_MESSAGE_BYTES) parts.push(part);
      else reject(new Refusal(413, `Expected at most ${LARGEST_MESSAGE_BYTES} bytes`));
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('The connection was closed')));
  });
}
