import { messageOf } from './errors.js';

/** The callbacks that a user of the library can give. */
const CALLBACKS = ['onProgress', 'onPreparation', 'onNotice', 'onLoadProgress', 'onWeb'] as const;

type Callback = (...args: never[]) => unknown;

/**
 * Options whose callbacks never throw, so that no callback of the user ends what calls it. The first error of each
 * callback, thrown or rejected, is reported as a warning of the process, with the code `CALLBACK_FAILED`. The callback is
 * called again the next time.
 */
export function withSafeCallbacks<T extends { readonly [K in (typeof CALLBACKS)[number]]?: unknown }>(
  options: T,
): T {
  const safe: Record<string, Callback> = {};
  for (const name of CALLBACKS) {
    const callback = options[name] as Callback | undefined;
    if (callback !== undefined && callback !== null) safe[name] = safely(name, callback);
  }
  return { ...options, ...safe };
}

function safely(name: string, callback: Callback): Callback {
  let hasFailed = false;
  const report = (error: unknown) => {
    if (hasFailed) return;
    hasFailed = true;
    process.emitWarning(`The callback ${name} failed: ${messageOf(error)}. What called it goes on.`, {
      code: 'CALLBACK_FAILED',
      detail: error instanceof Error ? error.stack : undefined,
    });
  };
  // The executor runs at once. What it throws, and what an async callback rejects with, rejects the promise.
  return (...args) => void new Promise((resolve) => resolve(callback(...args))).catch(report);
}
