import type { IncomingMessage } from 'node:http';

/** What a request asks for. */
export interface RequestTarget {
  /** As it was sent: nothing in it is decoded or made shorter. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export function targetOf({ url = '' }: IncomingMessage): RequestTarget {
  const mark = url.indexOf('?');
  if (mark === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
