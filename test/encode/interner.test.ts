import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Interned, Interner } from '../../src/encode/interner.js';

interface Word extends Interned {
  readonly text: string;
}

function words(): Interner<Word> {
  return new Interner((bytes, id) => ({ id, bytes, text: Buffer.from(bytes).toString('latin1') }));
}

function intern(interner: Interner<Word>, text: string): Word {
  const source = Buffer.from(`<${text}>`, 'latin1');
  return interner.intern(source, 1, source.length - 1);
}

test('gives equal byte strings the same object, and others another, as a Map does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\xff'), maxLength: 4 })),
      (texts) => {
        const interner = words();
        const known = new Map<string, Word>();
        for (const text of texts) {
          const word = intern(interner, text);
          assert.equal(word, known.get(text) ?? word);
          known.set(text, word);
          assert.deepEqual([word.text, interner.size], [text, known.size]);
        }
        assert.deepEqual(
          [...known.values()].map(({ id }) => id),
          [...known.keys()].map((_, id) => id),
        );
      },
    ),
  );
});

test('finds every one of many again', () => {
  const interner = words();
  const texts = Array.from({ length: 50_000 }, (_, i) => `key ${i}`);
  const first = texts.map((text) => intern(interner, text));
  assert.equal(interner.size, texts.length);
  for (const [i, text] of texts.entries()) {
    assert.equal(intern(interner, text), first[i]);
    assert.deepEqual([first[i].id, first[i].text], [i, text]);
  }
  assert.equal(interner.size, texts.length);
});

test('keeps nothing of the bytes that it was given', () => {
  const interner = words();
  const source = Buffer.from('abc');
  const word = interner.intern(source, 0, 3);
  source.fill('x');
  assert.equal(intern(interner, 'abc'), word);
  assert.deepEqual(Buffer.from(word.bytes).toString(), 'abc');
});
