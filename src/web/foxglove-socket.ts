import type { WebSocket } from 'ws';
import { messageOf } from '../shared/errors.js';
import type { Archive } from '../timeline/archive.js';
import { closingText } from './closing-text.js';
import type { FaultLog } from './fault-log.js';
import { FoxgloveClient } from './foxglove/foxglove-client.js';
import type { LiveFeed } from './live-feed.js';
import type { ShownReplay } from './shown-replay.js';
import { topicOf } from './topic-of.js';

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** Serves a program with Foxglove's protocol over its WebSocket, once it is known which time is played: it is told that first. */
export function serveFoxglove(
  socket: WebSocket,
  feed: LiveFeed,
  { archive, playback }: ShownReplay,
  faults: FaultLog,
): void {
  // Errors of a connection end it; `close` follows.
  socket.on('error', () => {});
  const begin = () => {
    if (socket.readyState !== socket.OPEN) return;
    const { firstS, lastS } = playback.status();
    const onWanted = () => feed.rewant();
    const viewer = new FoxgloveClient(socket, { playback, firstS, lastS, onWanted });
    socket.on('message', (data, isBinary) => {
      const fault = faults.guard("taking a message of Foxglove's protocol", () =>
        viewer.take(data, isBinary),
      );
      if (fault !== undefined) viewer.fail(fault);
    });
    socket.on(
      'close',
      () => void faults.guard("closing a connection of Foxglove's protocol", () => feed.leaveViewer(viewer)),
    );
    feed.joinViewer(viewer);
  };
  archive.then(
    (opened) => {
      const fault = faults.guard("opening a connection of Foxglove's protocol", begin);
      if (fault !== undefined) socket.close(INTERNAL_ERROR, closingText(fault));
      else addTopics(opened, feed);
    },
    (error) => socket.close(GOING_AWAY, closingText(`Cannot open what is to be played: ${messageOf(error)}`)),
  );
}

/** Adds the topics that are played later, too: whoever connects to a paused replay chooses among all. */
function addTopics(archive: Archive, { directory }: LiveFeed): void {
  archive.stateAt(Number.POSITIVE_INFINITY).then(
    (events) => directory.add(events.map(topicOf)),
    () => {}, // What cannot be read is told where it is played.
  );
}
