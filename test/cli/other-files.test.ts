import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { BlockFile } from '../../src/formats/block-file.js';
import { MCAP } from '../../src/formats/mcap/mcap.js';
import { endAll, freePort, runCli } from '../support/peer.js';
import { type FileEvent, withFlippedByte, writeJsonLines, writeMcap } from '../support/written-file.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-other-files-'));
const EVENTS: FileEvent[] = Array.from({ length: 300 }, (_, i) => ({
  topic: `lrs2.hardware.part${i % 4}`,
  payload: `{"__data_time":${1_600_000_000 + i}.5,"__wire_time":${1_600_000_000 + i}.75,"n":${i}}`,
}));

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

/** Plays flat out. @returns the exit code, and the summary */
async function play(...args: string[]): Promise<{ code: number | null; summary: Record<string, unknown> }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const flags = ['-u', url, '-s', 'max', '--wait-setup', '0', '--json'];
  const { code, stdout } = await runCli([...args, ...flags]);
  return { code, summary: JSON.parse(stdout) };
}

describe('MCAP files and JSON lines on the command line', () => {
  it('play, from a folder too, merged and again and again; nothing is left beside them', async () => {
    const nights = join(folder, 'nights');
    mkdirSync(nights);
    await writeMcap(join(nights, 'a.mcap'), EVENTS, { compression: 'zstd' });
    writeJsonLines(join(nights, 'b.jsonl'), EVENTS);
    writeJsonLines(join(nights, 'c.jsonl.gz'), EVENTS);
    const names = readdirSync(nights);
    const { code, summary } = await play(nights, '--loop', '2');
    assert.equal(code, 0);
    assert.equal(summary.sent, 2 * 3 * EVENTS.length);
    assert.deepEqual(readdirSync(nights), names);
  });

  it('that are damaged play past the damage, with exit code 3', async () => {
    const path = join(folder, 'hit.mcap');
    await writeMcap(path, EVENTS, { compression: 'zstd', chunkBytes: 3000 });
    writeFileSync(path, withFlippedByte(path, middleOfAChunk(path)));
    const { code, summary } = await play(path);
    assert.equal(code, 3);
    const damage = summary.damage as { lostEvents: number; places: { where: string }[] };
    assert.equal((summary.sent as number) + damage.lostEvents, EVENTS.length);
    assert.match(damage.places[0].where, /^chunk at byte \d+: /);
    const { code: checked, stdout } = await runCli(['check', path]);
    assert.equal(checked, 3);
    assert.match(stdout, /damaged/);
  });

  it('are told by the numbers of their lines where these cannot be read', async () => {
    const path = join(folder, 'bad.jsonl');
    writeFileSync(path, '{"topic":"a.b.c","event":{}}\n{"topic":\n{"topic":"a.b.c","event":{}}\n');
    const { code, stdout } = await runCli(['check', path]);
    assert.equal(code, 3);
    assert.match(stdout, /row 2/);
    const { stdout: said } = await runCli(['info', path]);
    assert.match(said, /1 event lost/);
    assert.match(said, /unreadable event: .*, line 2$/m);
    assert.match(said, /JSON lines/);
  });
});

/** Offset of a byte among the compressed records of the second chunk. */
function middleOfAChunk(path: string): number {
  const file = new BlockFile(path);
  const { offsets, sizes } = MCAP.index(file, () => {});
  file.close();
  return offsets[1] + Math.floor(sizes[1] / 2);
}
