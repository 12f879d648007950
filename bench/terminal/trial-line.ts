import * as text from '../../src/shared/text.js';
import { figureText, UNKNOWN } from '../figure-text.js';
import type { FigureInfo, Trial } from '../result.js';
import type { Which } from '../rounds.js';

/** A trial that ended, in a line: `12 of 90 · end-to-end · ours, 2 workers: 181,234 events/s`. */
export function trialLine(trial: Trial, { scenario, case: { id }, number, of }: Which): string {
  return `${text.count(number)} of ${text.count(of)} · ${scenario.name} · ${id}: ${outcome(trial, scenario.figures)}`;
}

/** What the first of the figures was that it has, or why it does not count. */
export function outcome(trial: Trial, figures: readonly FigureInfo[]): string {
  if (trial.state === 'invalid') return `INVALID: ${trial.reasons.join('; ')}`;
  const main = figures.find(({ name }) => trial.figures[name] != null);
  const value = main === undefined ? null : trial.figures[main.name];
  if (main === undefined || value === null) return UNKNOWN;
  // The title of a rate says what comes in a second, and so is its unit.
  const shown = figureText(value, main.unit);
  return main.unit === '1/s' ? `${shown} ${main.title}` : `${main.title} ${shown}`;
}
