import * as text from '../../src/shared/text.js';
import { figureText, UNKNOWN } from '../figure-text.js';
import type { TrialInfo } from '../measure-in-rounds.js';
import type { FigureInfo, Trial } from '../result.js';

/** A line about a finished trial: `12 of 90, 3:05 left · end-to-end · ours, 2 workers: 181,234 events/s`. */
export function trialLine(trial: Trial, { scenario, case: { id }, number, of, leftS }: TrialInfo): string {
  const left = number === of ? '' : `, ${text.span(leftS)} left`;
  return `${text.count(number)} of ${text.count(of)}${left} · ${scenario.name} · ${id}: ${outcome(trial, scenario.figures)}`;
}

/** The first figure that the trial has, or the reasons why it is invalid. */
export function outcome(trial: Trial, figures: readonly FigureInfo[]): string {
  if (trial.state === 'invalid') return `INVALID: ${trial.reasons.join('; ')}`;
  const main = figures.find(({ name }) => trial.figures[name] != null);
  const value = main === undefined ? null : trial.figures[main.name];
  if (main === undefined || value === null) return UNKNOWN;
  // A rate's title serves as its unit.
  const shown = figureText(value, main.unit);
  return main.unit === '1/s' ? `${shown} ${main.title}` : `${main.title} ${shown}`;
}
