/** Why the server gives nothing. */
export interface Refusal {
  /** `token`: no valid one; `full`: too many pages are open; `gone`: no server answers; `other`: what the text says. */
  readonly why: 'token' | 'full' | 'gone' | 'other';
  readonly text: string;
}

const WHY: Readonly<Record<number, Refusal['why']>> = {
  401: 'token',
  403: 'token',
  503: 'full',
  429: 'full',
};

/** Thrown where the server refuses a request, or does not answer. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.refusal = refusal;
  }
}

/** Exchanges the token in the address for a cookie, and removes it from there. Without a token, the cookie of an earlier visit has to do. @throws RefusedError */
export async function openSession(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  const headers = { 'Content-Type': 'application/json' };
  await answerOf('/api/session', { method: 'POST', headers, body: JSON.stringify({ token }) });
}

/** The JSON document at a path. @throws RefusedError */
export async function getJson<T>(path: string): Promise<T> {
  return (await (await answerOf(path)).json()) as T;
}

/** @throws RefusedError where the answer is not one of success */
export async function answerOf(path: string, options: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new RefusedError({ why: 'gone', text: 'tcs-replay does not answer' });
  }
  if (answer.ok) return answer;
  const text = (await answer.text().catch(() => '')).trim().slice(0, 500);
  throw new RefusedError({ why: WHY[answer.status] ?? 'other', text: text || `HTTP ${answer.status}` });
}
