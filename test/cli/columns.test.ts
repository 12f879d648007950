import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columns, fittedColumns, widest } from '../../src/cli/text/columns.js';

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

test('shortens the first column of a table that is to fit', () => {
  const rows = [['python3 127.0.0.1:41478', '1,234,567']];
  assert.deepEqual(fittedColumns(HEADS, rows, 30).split('\n'), [
    '  topic                 events',
    '  python3 ….1:41478  1,234,567',
  ]);
  assert.deepEqual(fittedColumns(HEADS, rows, 5).split('\n'), ['  topic     events', '  py…78  1,234,567']);
});
