import { foundClause } from '../../loadtest/found-text.js';
import type { LoadConditionResult, LoadReport } from '../../loadtest/load-report.js';

/** The conditions of a load test as test cases, in the XML that continuous integration reads. */
export function loadReportJunit({
  title,
  conditions,
  instrument,
  durationS,
  startedAt,
  verdict,
}: LoadReport): string {
  const isValid = instrument.isValid;
  const cases = [
    testCase(
      'instrument',
      'the load is applied as intended',
      isValid ? '' : errorOf(instrument.faults.join('\n')),
    ),
    ...conditions.map((each) =>
      testCase(each.subscriber, each.condition, isValid ? resultOf(each) : '<skipped/>'),
    ),
  ];
  const count = (outcome: LoadConditionResult['outcome']) =>
    isValid ? conditions.filter((each) => each.outcome === outcome).length : 0;
  const errors = count('unknown') + (isValid ? 0 : 1);
  const skipped = isValid ? 0 : conditions.length;
  const totals = `tests="${cases.length}" failures="${count('missed')}" errors="${errors}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals} time="${durationS.toFixed(3)}">`,
    `  <testsuite name="${escaped(title ?? 'tcs-replay loadtest')}: ${verdict}" ${totals} time="${durationS.toFixed(3)}" timestamp="${startedAt}">`,
    ...cases.map((each) => `    ${each}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(subscriber: string, name: string, result: string): string {
  const head = `<testcase classname="${escaped(subscriber)}" name="${escaped(name)}"`;
  return result === '' ? `${head}/>` : `${head}>${result}</testcase>`;
}

function resultOf(result: LoadConditionResult): string {
  const { outcome, reason } = result;
  if (outcome === 'kept') return '';
  if (outcome === 'missed') return `<failure message="${escaped(foundClause(result))}"/>`;
  return errorOf(reason ?? 'not known');
}

function errorOf(message: string): string {
  return `<error message="${escaped(message)}"/>`;
}

/** Characters that XML 1.0 cannot have are left out. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to leave out
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
