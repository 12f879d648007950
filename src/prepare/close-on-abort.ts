/**
 * Closes a pool when a signal is aborted: tasks that are running could take minutes. A signal that is aborted already
 * changes nothing.
 *
 * @returns removes the listener
 */
export function closeOnAbort(
  pool: { close(): Promise<unknown> },
  signal: AbortSignal | undefined,
): () => void {
  const close = () => void pool.close();
  signal?.addEventListener('abort', close);
  return () => signal?.removeEventListener('abort', close);
}
