import type { ConvertOutcome } from '../../convert/convert.js';
import { EXIT } from '../exit-code.js';
import { isDamaged } from '../text/source-faults.js';

/** 3 where not all could be read or written, otherwise 0. */
export function exitCodeOfConversion(outcome: ConvertOutcome): number {
  return isDamaged(outcome) || outcome.leftOut > 0 ? EXIT.incomplete : 0;
}
