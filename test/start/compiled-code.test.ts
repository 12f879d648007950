import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { CAN_KEEP, compiledProgram, keepCompiled } from '../../src/start/compiled-code.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = 'exports.sum = (a, b) => a + b;\nexports.where = () => new Error("here").stack;\n';

describe('the code that is kept of a program', {
  skip: !CAN_KEEP && 'this version of Node keeps none',
}, () => {
  it('runs as the program does, and knows its lines', (context) => {
    const { path } = kept(context);
    const exports = exportsOf(path);
    assert.equal(exports?.sum(2, 3), 5);
    assert.match(exports?.where() ?? '', new RegExp(`${path}:2:`));
  });

  it('is not there before it is kept', (context) => {
    const path = join(temporaryFolder(context), 'program.cjs');
    writeFileSync(path, PROGRAM);
    assert.equal(exportsOf(path), undefined);
  });

  it('is not used for another program of the same length', (context) => {
    const { path } = kept(context);
    writeFileSync(path, PROGRAM.replace('a + b', 'a - b'));
    assert.equal(exportsOf(path), undefined);
  });

  it('is not used where it was cut off, or is longer', (context) => {
    const { path, code } = kept(context);
    const { length } = readFileSync(code);
    appendFileSync(code, 'x');
    assert.equal(exportsOf(path), undefined);
    for (const rest of [length - 1, 3, 0]) {
      truncateSync(code, rest);
      assert.equal(exportsOf(path), undefined, `${rest} bytes`);
    }
  });

  it('is not used where a byte of it is another one', (context) => {
    const { path, code } = kept(context);
    const good = readFileSync(code);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const bad = Buffer.from(good);
        bad[at] ^= bits;
        writeFileSync(code, bad);
        assert.equal(exportsOf(path), undefined);
      }),
    );
  });
});

/** A program with its code: one file beside it. */
function kept(context: TestContext) {
  const folder = temporaryFolder(context);
  const path = join(folder, 'program.cjs');
  writeFileSync(path, PROGRAM);
  keepCompiled(path);
  const [name, ...others] = readdirSync(folder).filter((each) => each !== 'program.cjs');
  assert.deepEqual(others, []);
  return { path, code: join(folder, name as string) };
}

function exportsOf(path: string) {
  const program = compiledProgram(path);
  if (program === undefined) return undefined;
  const exports = {};
  program(exports);
  return exports as { sum: (a: number, b: number) => number; where: () => string };
}
