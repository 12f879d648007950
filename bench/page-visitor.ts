import { fileURLToPath } from 'node:url';
import { RunningProgram } from '../test/support/peer.js';
import { requireSuccess } from './require-success.js';

const PROGRAM = fileURLToPath(new URL('./page-program.js', import.meta.url));
const ADDRESS = /The page is at (http:\S+)/;

/** Arguments of a replay whose page is opened. */
export const WITH_A_PAGE = ['--web'] as const;

/**
 * Opens the page of a replay, in a process of its own, as soon as the replay says where it is.
 *
 * @param replay was started with `WITH_A_PAGE`
 * @returns when the replay has ended
 * @throws Error if the page could not be opened, or got nothing
 */
export async function visitPage(replay: RunningProgram): Promise<void> {
  await replay.waitForOutput(ADDRESS);
  const [, url] = ADDRESS.exec(replay.stderr) ?? [];
  const visitor = new RunningProgram(process.execPath, [PROGRAM, url]);
  const outcome = await visitor.outcome;
  requireSuccess('The page', outcome);
  const { messages } = JSON.parse(outcome.stdout) as { messages: number };
  if (messages === 0) throw new Error('The page got no message');
}
