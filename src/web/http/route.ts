import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is answered at a path. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether those without a session get an answer, too. Default false. */
  readonly isOpen?: boolean;
  /** @throws Refusal; any other error is a fault of this program, told to the one who asked with status 500 */
  handle(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): unknown;
}

/** Routes by their paths. */
export type Routes = Readonly<Record<string, Route>>;
