import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { endAll, startCli } from '../support/peer.js';

describe('demo', () => {
  after(endAll);

  it('loses nothing, however long its subscriber takes to be there', async () => {
    const { code, stdout, stderr } = await startCli(['demo']).outcome;
    assert.equal(code, 0, stderr);
    const rows = stdout.split('\n').filter((line) => /^ {2}(flat out|60x) /.test(line));
    assert.equal(rows.length, 2);
    for (const row of rows) {
      const [, sent, received, lost] = row.trim().split(/ {2,}/);
      assert.deepEqual([received, lost], [sent, '0']);
      assert.notEqual(sent, '0');
    }
  });

  it('says that events were lost, and exits with 3', {
    skip: process.platform === 'linux' ? false : 'only Linux tells of the processes of a process',
  }, async () => {
    const program = startCli(['demo']);
    await program.waitForOutput(/Playing it at 60x/);
    process.kill(childOf(program.pid as number), 'SIGKILL');
    const { code, stdout, stderr } = await program.outcome;
    assert.equal(code, 3, stderr);
    assert.match(stdout, /60x [^\n]+ not known +not known /);
    assert.match(stderr, /^Playing it 60x, events were lost: the subscriber ended, or stopped,/m);
  });
});

/** The process that a process has started. */
function childOf(pid: number): number {
  const child = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => parentOf(name) === pid);
  assert(child !== undefined);
  return Number(child);
}

function parentOf(pid: string): number {
  try {
    return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN; // It has ended meanwhile.
  }
}
