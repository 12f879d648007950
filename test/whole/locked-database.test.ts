import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Finding, FindingKind } from '../../src/database/check/finding.js';
import { check } from '../../src/inspect/check.js';
import { info } from '../../src/inspect/info.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { replay, startReplay } from '../../src/replay.js';
import { DatabaseLock } from '../support/database-lock.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, RunningProgram, runCli, startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 500;
const WAITING = 'is locked by another program, waiting';
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** Signals sent while the lock comes and goes. */
const STOPS = 6;
const HIGHEST_DELAY_MS = 1500;
/** Findings about the night itself. */
const ODD: readonly FindingKind[] = ['orphan', 'topicForm', 'missingKey', 'outOfOrder'];
const EXIT_DURING_STATEMENT = fileURLToPath(new URL('../support/exit-during-statement.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'tcs-locked-'));
const night = join(folder, 'night.db');
writeTopicsNight(night, { events: EVENTS });

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

/** A lock of the night that lasts as long as the test, at most. */
function lockOf(context: TestContext): DatabaseLock {
  const lock = new DatabaseLock(night);
  context.after(() => lock.close());
  return lock;
}

/** Resolves with the first notice that matches. */
function noticeOf(pattern: string): { onNotice(notice: string): void; come: Promise<string> } {
  let onNotice = (_: string) => {};
  const come = new Promise<string>((resolve) => {
    onNotice = (notice) => {
      if (notice.includes(pattern)) resolve(notice);
    };
  });
  return { onNotice, come };
}

describe('a database that another program has locked', () => {
  for (const [signal, workers] of [
    ['SIGINT', 0],
    ['SIGTERM', 2],
    ['SIGHUP', 2],
  ] as const) {
    it(`can be stopped by ${signal} while it is waited for: ${workers} threads`, async (context) => {
      lockOf(context).lock();
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const program = startCli([night, '-u', url, '--workers', String(workers), '--json']);
      await program.waitForOutput(new RegExp(WAITING));
      program.kill(signal);
      const { code, stdout, stderr } = await program.outcome;
      assert.equal(code, EXIT_CODES[signal], stderr);
      const { endedBy, sent } = JSON.parse(stdout) as ReplayOutcome;
      assert.deepEqual([endedBy, sent], ['abort', 0]);
      assert.equal(stderr, `${night} ${WAITING}\n`);
    });
  }

  for (const workers of [0, 2]) {
    it(`ends with the outcome when the library's signal is aborted, or it quits: ${workers} threads`, async (context) => {
      lockOf(context).lock();
      const stop = new AbortController();
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const waiting = noticeOf(WAITING);
      const aborted = replay({
        databases: night,
        url,
        workers,
        signal: stop.signal,
        onNotice: waiting.onNotice,
      });
      await waiting.come;
      stop.abort();
      assert.equal((await aborted).endedBy, 'abort');
      const again = noticeOf(WAITING);
      const playback = startReplay({ databases: night, url, workers, onNotice: again.onNotice });
      await again.come;
      playback.quit();
      assert.equal((await playback.outcome).endedBy, 'quit');
    });

    it(`is played when it is free: ${workers} threads`, async (context) => {
      const lock = lockOf(context);
      lock.lock();
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const notices: string[] = [];
      const onNotice = (notice: string) => {
        notices.push(notice);
        if (notice.includes(WAITING)) lock.unlock();
      };
      const { sent, damage } = await replay({
        databases: night,
        url,
        workers,
        speedup: 'max',
        waitSetupS: 0,
        onNotice,
      });
      assert.deepEqual([sent, damage.stretches], [EVENTS, 0]);
      assert.deepEqual(notices, [`${night} ${WAITING}`, `${night} is no longer locked`]);
    });

    it(`is waited for in the middle of a replay, without a loss: ${workers} threads`, async (context) => {
      const lock = lockOf(context);
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const waiting = noticeOf(WAITING);
      const playback = startReplay({
        databases: night,
        url,
        workers,
        speedup: 'max',
        waitSetupS: 0,
        batchEvents: 1,
        readAheadBytes: 1,
        startPaused: true,
        onNotice: waiting.onNotice,
      });
      // It reads one event ahead.
      for (let step = 0; step < 3; step++) await playback.step();
      lock.lock();
      playback.resume();
      await waiting.come;
      lock.unlock();
      const { sent, damage, endedBy } = await playback.outcome;
      assert.deepEqual([sent, damage.stretches, endedBy], [EVENTS, 0, 'end']);
    });
  }

  it('fails after the busy timeout, and says what to do', async (context) => {
    lockOf(context).lock();
    for (const args of [[night], ['info', night], ['info', '--quick', night], ['check', night]]) {
      const { code, stdout, stderr } = await runCli([...args, '--busy-timeout', '0']);
      assert.equal(code, 1, args.join(' '));
      const said = args[0] === 'check' ? stdout : stderr;
      assert.match(said, /another program has locked it; end that program/, args.join(' '));
    }
    await assert.rejects(info({ databases: [night], busyTimeoutS: 0 }), { code: 'DATABASE_LOCKED' });
    const [{ verdict }] = await check({ databases: [night], busyTimeoutS: 0 });
    assert.equal(verdict, 'unchecked');
  });

  describe('again and again', () => {
    const runs: { name: string; args: string[]; code: number; isRight: (stdout: string) => boolean }[] = [
      {
        name: 'info',
        args: ['info', '--json'],
        code: 0,
        isRight: (text) => JSON.parse(text).survey.events === EVENTS,
      },
      {
        name: 'check',
        args: ['check', '--json'],
        // The night has orphans, and topics of other forms.
        code: 3,
        isRight: (text) => JSON.parse(text)[0].findings.every(({ kind }: Finding) => ODD.includes(kind)),
      },
      {
        name: 'a sorted replay',
        args: [
          '-S',
          '__data_time',
          '-s',
          'max',
          '--wait-setup',
          '0',
          '--json',
          '-u',
          `ipc://${folder}/sorted`,
        ],
        code: 0,
        isRight: (text) => JSON.parse(text).sent === EVENTS,
      },
    ];
    for (const { name, args, code: expected, isRight } of runs) {
      it(`is not taken for damaged: ${name}`, async (context) => {
        const lock = lockOf(context);
        const stop = new AbortController();
        const flickering = lock.flicker(stop.signal);
        try {
          const { code, stdout, stderr } = await startCli([...args, night]).outcome;
          assert.deepEqual([code, isRight(stdout)], [expected, true], stderr + stdout);
        } finally {
          stop.abort();
          await flickering;
        }
      });
    }

    it('never makes a stop abort the process', async (context) => {
      const lock = lockOf(context);
      const stop = new AbortController();
      const flickering = lock.flicker(stop.signal);
      const commands = [
        ['check', night],
        ['info', night],
        ['-S', '__data_time', '-u', `ipc://${folder}/stopped`, night],
      ];
      try {
        for (let run = 0; run < STOPS; run++) {
          const program = startCli(commands[run % commands.length] as string[]);
          setTimeout(() => program.kill('SIGTERM'), (HIGHEST_DELAY_MS * (run + 1)) / STOPS);
          const { code, signal, stderr } = await program.outcome;
          // A signal that comes before the program has begun ends it. A command may have ended before, `check` with findings.
          const isRight = signal === 'SIGTERM' || [EXIT_CODES.SIGTERM, 0, 3].includes(code ?? -1);
          assert.ok(isRight, `${code} ${signal} ${stderr}`);
        }
      } finally {
        stop.abort();
        await flickering;
      }
    });
  });

  it('can be stopped while SQLite is in a statement that takes minutes', async (context) => {
    const order = join(temporaryFolder(context), 'order');
    const program = new RunningProgram(process.execPath, [EXIT_DURING_STATEMENT, '130', order]);
    const { signal, stdout, stderr } = await program.outcome;
    // A shell gives the exit code 130 to a process that died of SIGINT.
    assert.deepEqual([signal, stdout, stderr], ['SIGINT', 'closed\n', '']);
  });
});
