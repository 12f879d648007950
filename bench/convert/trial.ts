import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConvertOutcome } from '../../src/convert/convert.js';
import type { OutputForm } from '../../src/convert/output-form.js';
import { type FlatOutPlan, playFlatOut } from '../end-to-end/trial.js';
import { runMeasured } from '../measured-program.js';
import type { Night } from '../night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { ProgramCache } from '../program-cache.js';
import { CLI, START_TIMEOUT_MS } from '../publisher.js';
import { requireSuccess } from '../require-success.js';
import type { Measured } from '../scenario.js';

/** A program that converts fewer than a thousand events a second is considered hung. */
const TIMEOUT_MS_PER_EVENT = 1;

type ReplayPlan = Pick<FlatOutPlan, 'night' | 'receiver' | 'highWaterMark' | 'digest'>;

/** Replays a night that is in memory, flat out. */
export async function measureReplay(plan: ReplayPlan): Promise<Measured> {
  const measured = await playFlatOut({ ...plan, publisher: 'ours', isCold: false, args: [] });
  const { eventsPerS, cpuUsPerEvent, peakRssBytes, wallS } = measured.figures;
  return { ...measured, figures: { eventsPerS, cpuUsPerEvent, outputBytes: null, peakRssBytes, wallS } };
}

/** Converts a night that is in memory, in a process of its own. */
export async function measureConversion({ path, events }: Night, form: OutputForm): Promise<Measured> {
  loadIntoPageCache(path);
  const cache = new ProgramCache('convert');
  const folder = mkdtempSync(join(tmpdir(), 'tcs-bench-convert-'));
  try {
    const output = join(folder, `night.${form}`);
    const outcome = await runMeasured(process.execPath, [CLI, 'convert', '--json', path, output], {
      timeoutMs: START_TIMEOUT_MS + TIMEOUT_MS_PER_EVENT * events,
      env: cache.env,
    });
    requireSuccess('The conversion', outcome);
    const { events: written, tookS, sizeBytes } = JSON.parse(outcome.stdout) as ConvertOutcome;
    const eventsPerS = written / tookS;
    return {
      reasons: written === events ? [] : [`wrote ${written} events of ${events}`],
      achievedPerS: eventsPerS,
      figures: {
        eventsPerS,
        cpuUsPerEvent: outcome.cpuS === null ? null : (1e6 * outcome.cpuS) / events,
        outputBytes: sizeBytes,
        peakRssBytes: outcome.peakRssBytes,
        wallS: outcome.wallS,
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    cache.empty();
  }
}
