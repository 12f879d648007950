import type { ControlDesk, ControlReply } from '../control/control-desk.js';
import { parseRequest } from '../control/control-request.js';
import type { HistoryDesk } from './history/history-desk.js';
import { sendJson } from './http/answers.js';
import { readBody } from './http/request-body.js';
import type { Routes } from './http/route.js';
import type { LiveFeed } from './live-feed.js';
import { overviewOf } from './overview.js';
import type { ShownReplay } from './shown-replay.js';

/** What the routes answer from. */
export interface ApiParts {
  readonly replay: ShownReplay;
  readonly feed: LiveFeed;
  readonly histories: HistoryDesk;
  readonly desk: ControlDesk;
}

/** What a page asks for. `protocol.ts` has the answers. */
export function apiRoutes({ replay, feed, histories, desk }: ApiParts): Routes {
  return {
    '/api/overview': {
      method: 'GET',
      handle: async (_, response) => sendJson(response, await overviewOf(replay, feed.directory)),
    },
    '/api/topics': {
      method: 'GET',
      handle: (_, response) => sendJson(response, feed.directory.list),
    },
    '/api/history': {
      method: 'GET',
      handle: (_, response) => sendJson(response, { points: feed.history.points }),
    },
    '/api/strip': {
      method: 'GET',
      handle: (_, response, query) => histories.strip(response, query),
    },
    '/api/series': {
      method: 'GET',
      handle: (_, response, query) => histories.series(response, query),
    },
    '/api/points': {
      method: 'GET',
      handle: async (_, response, query) => sendJson(response, await histories.points(response, query)),
    },
    '/api/dictionary': {
      method: 'GET',
      handle: async (_, response) => sendJson(response, await histories.dictionary()),
    },
    '/api/request': {
      method: 'POST',
      handle: async (request, response) => {
        const body = await readBody(request);
        const reply = await new Promise<ControlReply>((resolve) =>
          desk.take(() => parseRequest([body]), resolve),
        );
        feed.tellSoon();
        sendJson(response, reply);
      },
    },
  };
}
