import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ChartView } from '../../src/cli/load-page/chart-view.js';
import { colored, colorsOf, MOST_COLORED, matching } from '../../src/cli/load-page/line-choice.js';

function viewOf(names: readonly string[]): ChartView {
  return {
    subscribers: names.map((name, i) => ({ name, isSentinel: i === 0 })),
    order: names.map((_, i) => i),
    stages: [],
    search: null,
  };
}

const NOTHING = { picked: [], filter: '' };
const many = viewOf(['sentinel', ...Array.from({ length: 40 }, (_, i) => `own-${i + 1}`)]);

describe('which lines of the charts are in colors', () => {
  it('are those of the sentinel and of the worst, if nothing was chosen', () => {
    assert.deepEqual(colored(many, NOTHING), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(colored(viewOf([]), NOTHING), []);
  });

  it('are those whose names have what was typed, in any case', () => {
    assert.deepEqual(colored(many, { picked: [], filter: ' OWN-4 ' }), [4, 40]);
    assert.deepEqual(matching(many, 'nobody'), []);
  });

  it('are those that were clicked, and no others', () => {
    assert.deepEqual(colored(many, { picked: [12, 0], filter: '' }), [12, 0]);
  });

  it('have a color each, which a line keeps while it is shown', () => {
    const names = fc.uniqueArray(fc.nat(40), { maxLength: MOST_COLORED });
    fc.assert(
      fc.property(fc.array(names, { maxLength: 6 }), (choices) => {
        let colors: ReadonlyMap<number, string> = new Map();
        for (const shown of choices) {
          const next = colorsOf(many, shown, colors);
          assert.deepEqual([...next.keys()].sort(), [...shown].sort());
          assert.equal(new Set(next.values()).size, shown.length);
          for (const i of shown) {
            if (colors.has(i)) assert.equal(next.get(i), colors.get(i));
            assert.match(next.get(i) ?? '', i === 0 ? /^sentinel$/ : /^line-[1-8]$/);
          }
          colors = next;
        }
      }),
    );
  });
});
