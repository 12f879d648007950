import type { Gate } from './gate.js';
import { readBody } from './request-body.js';
import type { Route } from './route.js';

/** Exchanges the token for the cookie. */
export function sessionRoute(gate: Gate): Route {
  return {
    method: 'POST',
    isOpen: true,
    handle: async (request, response) => {
      gate.checkToken(tokenIn(await readBody(request)));
      response.writeHead(204, { 'Set-Cookie': gate.cookie }).end();
    },
  };
}

/** The token in a body; undefined: there is none. */
function tokenIn(body: Buffer): unknown {
  try {
    return (JSON.parse(body.toString()) as { readonly token?: unknown } | null)?.token;
  } catch {
    return undefined;
  }
}
