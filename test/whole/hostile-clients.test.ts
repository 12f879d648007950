import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask } from '../../src/control/control-client.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import type { FloodKind } from '../support/flooding-client.js';
import { endAll, freePort, RunningProgram, startCli } from '../support/peer.js';
import { Receiver } from '../support/receiver.js';

const CLIENT = fileURLToPath(new URL('../support/flooding-client.js', import.meta.url));
const TIMEOUT_MS = 60_000;
/** Some five seconds of mock events, one a millisecond. */
const EVENTS = 5000;
const REQUESTS = 20;
const MOST_GROWTH_BYTES = 100e6;

describe('a replay beside clients that flood it', () => {
  after(endAll);

  for (const kind of ['toggle', 'requests'] as const satisfies readonly FloodKind[])
    it(`sends its events, answers, keeps its memory small and stops: ${kind}`, async (context) => {
      const [port, controlPort] = [await freePort(), await freePort()];
      const [url, control] = [`tcp://127.0.0.1:${port}`, `tcp://127.0.0.1:${controlPort}`];
      const receiver = Receiver.connected(url);
      context.after(() => receiver.close());
      const program = startCli([
        ...['-u', url, '--control', control, '--sleep', '0.001', '--json'],
        ...['--wait-setup', '0', '--wait-subscribers', '1'],
      ]);
      await receiver.take(1);
      const beforeBytes = process.platform === 'linux' ? rssBytesOf(program.pid) : 0;
      const client = new RunningProgram(process.execPath, [
        CLIENT,
        String(kind === 'requests' ? controlPort : port),
        kind,
      ]);
      const isTold =
        kind === 'toggle'
          ? program.waitForOutput(/^127\.0\.0\.1:\d+ floods \S+ with subscriptions/m)
          : undefined;
      await receiver.take(EVENTS);
      await isTold;
      for (let i = 0; i < REQUESTS; i++) {
        const reply = await ask({ command: 'status' }, { url: control, timeoutMs: TIMEOUT_MS });
        assert.equal(reply.ok, true);
      }
      if (process.platform === 'linux') {
        const grownBytes = rssBytesOf(program.pid) - beforeBytes;
        assert(grownBytes < MOST_GROWTH_BYTES, `grew by ${grownBytes} bytes`);
      }
      program.kill('SIGINT');
      const { code, stdout, stderr } = await program.outcome;
      assert.equal(code, 130, stderr);
      const { endedBy, sent } = JSON.parse(stdout) as ReplayOutcome;
      assert.equal(endedBy, 'abort');
      assert(sent > EVENTS);
      await client.end();
    });
});

function rssBytesOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
