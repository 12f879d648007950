import {
  type ConvertedNight,
  type ConvertNightsOptions,
  type ConvertNightsOutcome,
  convertNights,
} from '../../convert/nights/convert-nights.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { conversionTask } from '../live/conversion-task.js';
import { preparationTask } from '../live/progress-line.js';
import { print, printJson, tell } from '../output.js';
import { convertReport } from '../reports/convert-report.js';
import { withProgress } from '../with-progress.js';
import { exitCodeOfConversion } from './exit-code-of-conversion.js';

/** Converts nights as one of several tasks, and tells of each. @param nameOf what the user calls an option */
export async function runNights(
  options: ConvertNightsOptions,
  nameOf: (option: string) => string,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): Promise<void> {
  const outcome = await withProgress(
    (signal, show) =>
      convertNights(
        {
          ...options,
          signal,
          onProgress: show && ((progress) => show(conversionTask(progress, progress.path))),
          onPreparation: show && ((made) => show(preparationTask(made))),
          onNotice: quiet ? undefined : tell,
          onNight: (night) => report(night, json || quiet),
        },
        nameOf,
      ),
    quiet,
  );
  if (outcome === undefined) {
    tell(`Stopped: nights that are done stay in ${text.name(options.output)}`);
    return;
  }
  if (json) printJson(outcome);
  else if (!quiet) print(summary(outcome, options.nights ?? '1/1'));
  process.exitCode ||= exitCodeOfNights(outcome);
}

function report({ path, outcome, error }: ConvertedNight, isQuiet: boolean): void {
  if (error !== undefined) tell(`error: ${error}`);
  else if (!isQuiet) print(outcome === undefined ? `${text.name(path)}: up to date` : convertReport(outcome));
}

function summary({ nights, nightsInAll, withoutNight }: ConvertNightsOutcome, share: string): string {
  const converted = nights.filter(({ outcome }) => outcome !== undefined).length;
  const failed = nights.filter(({ error }) => error !== undefined).length;
  const [task, tasks] = share.split('/');
  const parts = [
    `${text.counted(nights.length, 'night')} of ${text.count(nightsInAll)} by task ${task} of ${tasks}: ${text.count(converted)} converted`,
    `${text.count(nights.length - converted - failed)} up to date`,
  ];
  if (failed > 0) parts.push(`${text.count(failed)} failed`);
  if (withoutNight.length > 0) parts.push(`${text.counted(withoutNight.length, 'file')} of no one night`);
  return parts.join(', ');
}

function exitCodeOfNights({ nights, withoutNight, unreadable }: ConvertNightsOutcome): number {
  if (nights.some(({ error }) => error !== undefined)) return EXIT.failed;
  const isIncomplete = ({ outcome }: ConvertedNight) =>
    outcome !== undefined && exitCodeOfConversion(outcome) !== 0;
  return withoutNight.length > 0 || unreadable.length > 0 || nights.some(isIncomplete) ? EXIT.incomplete : 0;
}
