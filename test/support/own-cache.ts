import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whatever imports this, and the programs that it starts, keeps what it makes in a cache folder of its own, which goes
 * when the process ends: never in the user's.
 */
const folder = mkdtempSync(join(tmpdir(), 'tcs-test-cache-'));
process.env.XDG_CACHE_HOME = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
