import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { endAll, RunningProgram, requirePython, skipWithoutPython } from '../support/peer.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const SIGHUP = 1;
/** Runs a program on a terminal, closes that when the program has made its folder, and prints the signal that it died of. */
const CLOSED_TERMINAL = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
while not os.listdir(sys.argv[1]):
    if select.select([terminal], [], [], 0.05)[0]:
        os.read(terminal, 65536)
os.close(terminal)
status = os.waitpid(pid, 0)[1]
print(os.WTERMSIG(status), os.WEXITSTATUS(status))
`;

after(endAll);

describe('a terminal that is closed', { skip: skipWithoutPython() }, () => {
  it('ends a replay, which removes its copy of the database', async (context) => {
    const [folder, temporary] = [temporaryFolder(context), temporaryFolder(context)];
    const night = join(folder, 'night.db');
    writeEvents(night, [plainEvent(1n)]);
    const database = new Database(night);
    database.pragma('journal_mode = WAL');
    database.close();
    const play = [process.execPath, CLI, night, '-u', 'tcp://127.0.0.1:*', '--start-paused'];
    const program = new RunningProgram(requirePython(), ['-c', CLOSED_TERMINAL, temporary, ...play], {
      env: { TMPDIR: temporary, TERM: 'xterm' },
    });
    const { stdout } = await program.outcome;
    assert.equal(stdout, `${SIGHUP} 0\n`);
    assert.deepEqual(readdirSync(temporary), []);
  });
});
