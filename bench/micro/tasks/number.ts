import { pythonNumberToJson } from '../../../src/encode/python-number.js';
import { faultOf, type MicroTask, type Work } from '../micro-task.js';

export const NUMBER_TASKS: readonly MicroTask[] = [
  { id: 'convert an odd number', operation: 'number', isQuick: true, make: converting },
];

/**
 * Texts that the encoder does not recognize as JSON numbers at a glance, and their JSON; undefined: it stays
 * a text.
 */
const ODD_NUMBERS: readonly (readonly [text: string, json: string | undefined])[] = [
  ['.05', '0.05'],
  ['-.5', '-0.5'],
  ['5.', '5.0'],
  ['007', '7'],
  ['+12.5', '12.5'],
  [' 68.019977 ', '68.019977'],
  ['-0', '0'],
  ['1e-05', '1e-05'],
  ['6.02E23', '6.02e23'],
  ['1_000', '1000'],
  ['\u0663\u0664', '34'],
  ['nan', undefined],
  ['-inf', undefined],
  ['1e400', undefined],
  ['n/a', undefined],
  ['', undefined],
];
const ROUNDS_A_CALL = 64;

/** From a text to a JSON number, by Python's grammar. */
function converting(): Work {
  const texts = ODD_NUMBERS.map(([text]) => text);
  const found: (string | undefined)[] = new Array(texts.length);
  return {
    operations: ROUNDS_A_CALL * texts.length,
    call: () => {
      for (let round = 0; round < ROUNDS_A_CALL; round++) {
        for (let i = 0; i < texts.length; i++) found[i] = pythonNumberToJson(texts[i]);
      }
      return found;
    },
    fault: () =>
      ODD_NUMBERS.map(([text, json], i) =>
        faultOf(`the number in ${JSON.stringify(text)}`, json, found[i]),
      ).find((fault) => fault !== undefined),
  };
}
