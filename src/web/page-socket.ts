import type { WebSocket } from 'ws';
import type { ControlDesk } from '../control/control-desk.js';
import { checkRequest } from '../control/control-request.js';
import { messageOf } from '../shared/errors.js';
import type { LiveFeed } from './live-feed.js';
import { PageClient } from './page-client.js';
import { parsePageMessage } from './page-message.js';

/** What closes a connection that does not keep to the protocol. */
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/** Serves a page over its WebSocket: tells it how the replay stands, and takes its requests. */
export function servePage(socket: WebSocket, feed: LiveFeed, desk: ControlDesk): void {
  const client = new PageClient(socket);
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      socket.close(UNSUPPORTED_DATA, 'Expected text');
      return;
    }
    try {
      const message = parsePageMessage(String(data));
      if (message.op === 'want') {
        client.wanted = message.wanted;
        feed.rewant();
        return;
      }
      const { id, request } = message;
      desk.take(
        () => checkRequest(request),
        (reply) => {
          client.send({ op: 'reply', id, reply });
          feed.tellSoon();
        },
      );
    } catch (error) {
      socket.close(POLICY_VIOLATION, messageOf(error).slice(0, 100));
    }
  });
  // Errors of a connection end it; `close` follows.
  socket.on('error', () => {});
  socket.on('close', () => feed.leave(client));
  feed.join(client);
}
