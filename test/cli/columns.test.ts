import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columns, widest } from '../../src/cli/text/columns.js';

const HEADS = [{ head: 'topic' }, { head: 'events', align: 'right' }] as const;

test('aligns cells to the width that a terminal shows', () => {
  const rows = [
    ['tracker', '7'],
    ['望遠鏡', '1,234,567'],
    ['e\u0301t\u0301', '20'],
  ];
  assert.equal(
    columns(HEADS, rows),
    [
      '  topic       events',
      '  tracker          7',
      '  望遠鏡   1,234,567',
      '  e\u0301t\u0301              20',
    ].join('\n'),
  );
});

test('leaves no blanks at the ends of lines', () => {
  assert.equal(columns([{ head: 'a' }, { head: 'b' }], [['longer', '']]), '  a       b\n  longer');
});

test('shows as many rows as there are', () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => [`topic.${i}`, '1']);
  assert.equal(columns(HEADS, rows).split('\n').length, 300_001);
  assert.equal(widest(rows, 0), 'topic.299999'.length);
});
