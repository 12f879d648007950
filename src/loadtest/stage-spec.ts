import { LONGEST_WAIT_S } from '../options/option-table.js';
import type { Stage } from '../pacing/stage-plan.js';
import * as expect from '../shared/expect.js';

/** Whether stages say events a second, or times the recorded speed. */
export type StageUnit = 'rate' | 'speed';

export interface Stages {
  readonly unit: StageUnit;
  readonly stages: readonly Stage[];
}

const MOST_STAGES = 100;
const [LEAST, MOST] = [1e-6, 1e9];
const STAGE = /^(.+?)(?:\.\.(.+?))?:([^:]+)$/;
const AMOUNT = /^(\d+(?:\.\d+)?|\.\d+)(k|M)?(x)?$/;

/**
 * Parses stages: `1k:30s` is 1000 events a second for 30 s, `1k..20k:2m` a ramp, `10x:30s` ten times the recorded speed.
 *
 * @param name of the option, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseStages(given: readonly string[], name: string): Stages {
  if (given.length > MOST_STAGES) throw expect.badOption(name, `at most ${MOST_STAGES} times`, given.length);
  const parsed = given.map((text) => parseStage(text, name));
  const [first] = parsed;
  const other = parsed.findIndex(({ unit }) => unit !== first.unit);
  if (other > 0)
    throw expect.badOption(
      name,
      `all stages as rates such as 1k:30s, or all as speeds such as 10x:30s`,
      given[other],
      `; the first one is ${given[0]}`,
    );
  const stages = parsed.map(({ stage }) => stage);
  const totalS = stages.reduce((sum, { durationS }) => sum + durationS, 0);
  if (totalS > LONGEST_WAIT_S)
    throw expect.badOption(`the time of all ${name}`, `at most ${LONGEST_WAIT_S}s`, `${totalS}s`);
  return { unit: first.unit, stages };
}

function parseStage(text: string, name: string): { unit: StageUnit; stage: Stage } {
  const [, from, to = from, time] = STAGE.exec(text.trim()) ?? [];
  const [first, last] = [parseAmount(from), parseAmount(to)];
  if (first === undefined || last === undefined || time === undefined)
    throw expect.badOption(
      name,
      'a rate and a time such as 1k:30s, 1k..20k:2m, or a speed such as 10x:30s',
      text,
    );
  const unit = last.unit === 'speed' || first.unit === 'speed' ? 'speed' : 'rate';
  const durationS = expect.durationS(`the time of ${name}`, time);
  for (const { perS } of [first, last])
    if (!(perS >= LEAST && perS <= MOST))
      throw expect.badOption(name, `rates from ${LEAST} to ${MOST}`, text);
  return { unit, stage: { fromPerS: first.perS, toPerS: last.perS, durationS } };
}

/** Parses `1k`, `2.5k`, `1M` as rates, `10x` as a speed. @returns undefined: it is neither */
export function parseAmount(text: string | undefined): { perS: number; unit: StageUnit } | undefined {
  const [, digits, factor, isSpeed] = AMOUNT.exec(text?.trim().replace(/\/s$/, '') ?? '') ?? [];
  if (digits === undefined) return undefined;
  const perS = Number(digits) * (factor === 'k' ? 1e3 : factor === 'M' ? 1e6 : 1);
  return { perS, unit: isSpeed === undefined ? 'rate' : 'speed' };
}
