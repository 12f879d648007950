import { setTimeout as delay } from 'node:timers/promises';

/** It only bounds how long a failure takes. */
const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 20;

/** Asks again and again until the answer is as it should be, and resolves to it. Rejects after three minutes. */
export async function until<T>(ask: () => T | Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() - startedMs > TIMEOUT_MS)
      throw new Error(`not so within three minutes, at last: ${JSON.stringify(answer)}`);
    await delay(INTERVAL_MS);
  }
}
