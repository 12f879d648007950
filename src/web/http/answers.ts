import type { ServerResponse } from 'node:http';
import type { Refusal } from './refusal.js';

/** Answers with a value as JSON. */
export function sendJson(response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(text);
}

/** Answers with why there is no other answer, and ends the connection: what is left of the request is not read. */
export function sendRefusal(response: ServerResponse, { status, message, headers }: Refusal): void {
  response
    .writeHead(status, { ...headers, Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8' })
    .end(`${message}\n`);
}
