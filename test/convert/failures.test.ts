/** Conversions that fail, are stopped or are refused: what they leave is nothing, and what they say helps. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { convert } from '../../src/convert/convert.js';
import { OUTPUT_FORMS } from '../../src/convert/output-form.js';
import { generate } from '../../src/generate/generate.js';
import { stateOfFolder } from '../support/folder-state.js';
import { endAll, runCli, startCli } from '../support/peer.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

after(endAll);

describe('a conversion', () => {
  for (const [i, [signal, code]] of Object.entries(SIGNALS).entries()) {
    const form = (['jsonl', 'db', 'parquet'] as const)[i];
    it(`to ${form} ends after ${signal} with exit code ${code}, and leaves nothing`, async (context) => {
      const { night, out } = await place(context, 30_000);
      const before = stateOfFolder(join(night, '..'));
      const output = join(out, `night.${form}`);
      const program = startCli(['convert', '--json', night, output]);
      const hasBegun = () => existsSync(`${output}.part`);
      await until(hasBegun, (is) => is);
      program.kill(signal as NodeJS.Signals);
      const outcome = await program.outcome;
      assert.deepEqual([outcome.code, outcome.stdout], [code, ''], outcome.stderr);
      assert.match(outcome.stderr, /^Stopped: nothing is left of .*\n$/);
      assert.deepEqual(readdirSync(out), []);
      assert.deepEqual(stateOfFolder(join(night, '..')), before);
    });
  }

  it('rejects with the reason of its signal, at any time', async (context) => {
    const { night, out } = await place(context, 3000);
    const reason = new Error('enough');
    for (const after of [0, 1, 2]) {
      const controller = new AbortController();
      let calls = 0;
      const converting = convert({
        databases: night,
        output: join(out, 'night.mcap'),
        signal: controller.signal,
        onProgress: () => {
          calls += 1;
          if (calls >= after) controller.abort(reason);
        },
      });
      if (after === 0) controller.abort(reason);
      await assert.rejects(converting, reason);
      assert.deepEqual(readdirSync(out), []);
    }
  });

  it('that is killed leaves what it began beside the place, which the next one tells and replaces', async (context) => {
    const { night, out } = await place(context, 30_000);
    const output = join(out, 'night.csv');
    const program = startCli(['convert', night, output]);
    await until(
      () => existsSync(`${output}.part`),
      (is) => is,
    );
    program.kill('SIGKILL');
    await program.outcome;
    assert.equal(existsSync(output), false);
    const refused = await runCli(['convert', night, output]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /night\.csv\.part exists: another run is writing it, or one was killed; remove it, or .*--force/,
    );
    const { code, stderr } = await runCli(['convert', '--force', night, output]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(out), ['night.csv']);
  });

  it('replaces an output only where it is told to, and never anything else', async (context) => {
    const { night, out } = await place(context, 50);
    for (const form of ['db', 'jsonl.gz', 'parquet']) {
      const output = join(out, `night.${form}`);
      const run = (...args: string[]) => runCli(['convert', night, output, ...args]);
      assert.equal((await run()).code, 0);
      const before = stateOfFolder(out);
      const refused = await run();
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /exists already: choose another name, or allow overwriting by --force/);
      assert.deepEqual(stateOfFolder(out), before);
      assert.equal((await run('--force')).code, 0);
    }
    const folder = join(out, 'mine.parquet');
    mkdirSync(folder);
    writeFileSync(join(folder, 'thesis.tex'), 'x');
    const folderRefused = await runCli(['convert', '--force', night, folder]);
    assert.match(folderRefused.stderr, /is a folder that no conversion has made/);
    assert.deepEqual(readdirSync(folder), ['thesis.tex']);
    const device = await runCli(['convert', '--force', '--to', 'jsonl', night, '/dev/null']);
    assert.equal(device.code, 1);
    assert.match(device.stderr, /a device, a pipe or a socket, which is never replaced/);
  });

  it('never writes to a source, whatever it is called', async (context) => {
    const { night, out } = await place(context, 50);
    const link = join(out, 'link.db');
    symlinkSync(night, link);
    const before = readFileSync(night);
    for (const output of [night, link, join(night, '..', '.', 'night.db')]) {
      const { code, stderr } = await runCli(['convert', '--force', night, output]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /a source is never written to/);
      assert.ok(readFileSync(night).equals(before));
    }
    assert.deepEqual(readdirSync(out), ['link.db']);
  });

  it('says what is missing or misspelt', async (context) => {
    const { night, out } = await place(context, 50);
    const cases: [args: string[], code: number, message: RegExp][] = [
      [[night], 2, /Expected what to convert and the output/],
      [[night, join(out, 'night.xyz')], 2, /ends in one of .*\.jsonl.*; or give --to/],
      [[night, join(out, 'x'), '--to', 'parket'], 2, /did you mean parquet\?/],
      [[night, join(out, 'no', 'night.jsonl')], 1, /there is no folder .*no/],
      [[join(out, 'no.db'), join(out, 'night.jsonl')], 1, /no\.db/],
      [['-t', 'tracker.*', night, join(out, 'night.jsonl')], 2, /was taken for a topic/],
      [[night, join(out, 'x.jsonl'), '--start', 'noon'], 2, /--start/],
    ];
    for (const [args, code, message] of cases) {
      const outcome = await runCli(['convert', ...args]);
      assert.match(outcome.stderr, message);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.deepEqual(readdirSync(out), []);
    }
  });

  it('on a full disk says so, and leaves nothing', async (context) => {
    const { night, out } = await place(context, 20_000);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', out]);
    if (mounted.status !== 0) {
      context.skip('mounting a small tmpfs needs root');
      return;
    }
    try {
      for (const form of OUTPUT_FORMS.filter((each) => !['jsonl.gz', 'mcap', 'csv.gz'].includes(each))) {
        const { code, stderr } = await runCli(['convert', night, join(out, `night.${form}`)]);
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          /^error: Cannot write .*; free some space, or choose a place with more of it\n$/,
        );
        assert.deepEqual(readdirSync(out), []);
      }
    } finally {
      spawnSync('umount', [out]);
    }
  });

  it('passes over damage, counts it and tells it, with exit code 3', async (context) => {
    const { night, out } = await place(context, 20_000);
    const bytes = readFileSync(night);
    const broken = join(out, 'broken.db');
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 8192);
    writeFileSync(broken, bytes);
    const output = join(out, 'broken.jsonl');
    const { code, stdout } = await runCli(['convert', '--json', broken, output]);
    assert.equal(code, 3);
    const outcome = JSON.parse(stdout) as {
      events: number;
      damage: { stretches: number };
      topics: { events: number }[];
    };
    assert.ok(outcome.damage.stretches > 0);
    const lines = readFileSync(output, 'utf8').split('\n').length - 1;
    assert.equal(outcome.events, lines);
    assert.equal(
      outcome.topics.reduce((sum, { events }) => sum + events, 0),
      lines,
    );
    const copy = await runCli(['convert', '--json', broken, join(out, 'copy.db')]);
    assert.equal(copy.code, 3);
    const copied = JSON.parse(copy.stdout) as typeof outcome;
    assert.deepEqual([copied.events, copied.damage], [lines, outcome.damage]);
    const played = await runCli([
      '-s',
      'max',
      '--wait-setup',
      '0',
      '--json',
      '-u',
      'tcp://127.0.0.1:*',
      broken,
    ]);
    assert.equal((JSON.parse(played.stdout) as { sent: number }).sent, lines);
  });

  it('of nothing is a whole file with nothing in it', async (context) => {
    const { out } = await place(context, 50);
    const empty = join(out, 'empty.db');
    writeEvents(empty, []);
    for (const form of OUTPUT_FORMS) {
      const { events, topics } = await convert({
        databases: empty,
        output: join(out, `x.${form}`),
        workers: 0,
      });
      assert.deepEqual([events, topics], [0, []]);
    }
  });
});

async function place(context: TestContext, events: number) {
  const folder = temporaryFolder(context);
  const [nights, out] = ['nights', 'out'].map((name) => join(folder, name));
  for (const path of [nights, out]) mkdirSync(path);
  const night = join(nights, 'night.db');
  if (events < 1000)
    writeEvents(
      night,
      Array.from({ length: events }, (_, i) => plainEvent(BigInt(i + 1))),
    );
  else await generate({ path: night, events, durationS: 600, topics: 20, attributes: 16, seed: 3 });
  return { night, out };
}
