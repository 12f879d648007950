import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ControlDesk } from '../control/control-desk.js';
import { checkRequest } from '../control/control-request.js';
import { messageOf } from '../shared/errors.js';
import { closingText } from './closing-text.js';
import type { FaultLog } from './fault-log.js';
import type { LiveFeed } from './live-feed.js';
import { PageClient } from './page-client.js';
import { type PageMessage, parsePageMessage } from './page-message.js';

/** What closes a connection that does not keep to the protocol. */
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/** Serves a page over its WebSocket: tells it how the replay stands, and takes its requests. */
export function servePage(
  socket: WebSocket,
  connection: Duplex,
  feed: LiveFeed,
  desk: ControlDesk,
  faults: FaultLog,
): void {
  const client = new PageClient(socket, connection);
  /** What fails is told to the page, too. */
  const guard = (part: string, act: () => void) => {
    const fault = faults.guard(part, act);
    if (fault !== undefined) client.fail(fault);
  };
  const take = (message: PageMessage) => {
    if (message.op === 'want') {
      client.wanted = message.wanted;
      feed.rewant();
      return;
    }
    const { id, request } = message;
    desk.take(
      () => checkRequest(request),
      (reply) =>
        guard('replying to a page', () => {
          client.send({ op: 'reply', id, reply });
          feed.tellSoon();
        }),
    );
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      socket.close(UNSUPPORTED_DATA, 'Expected text');
      return;
    }
    let message: PageMessage;
    try {
      message = parsePageMessage(String(data));
    } catch (error) {
      socket.close(POLICY_VIOLATION, closingText(messageOf(error)));
      return;
    }
    guard('taking a message of a page', () => take(message));
  });
  // Errors of a connection end it; `close` follows.
  socket.on('error', () => {});
  socket.on('close', () => guard('closing a page', () => feed.leave(client)));
  guard('opening a page', () => feed.join(client));
}
