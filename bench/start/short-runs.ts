import { messageOf } from '../../src/shared/errors.js';
import { type MeasuredOutcome, runMeasured } from '../measured-program.js';
import type { Night } from '../night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { ProgramCache } from '../program-cache.js';
import { CLI, oursArgs, START_TIMEOUT_MS } from '../publisher.js';
import type { Case, Measured } from '../scenario.js';

/** Bare Node: no program of Node's is sooner at its end. */
const NODE = 'bare Node';
const PRINTED = ['--version', '--help'];

/** For example `20000 events, whole replay`. */
export function wholeIdOf(events: number): string {
  return `${events} events, whole replay`;
}

/**
 * Runs from the start of the process to its end: bare Node, what prints and ends, and a whole replay of a short night, flat
 * out and without a subscriber.
 *
 * @param night undefined: no replay is wanted
 */
export function shortRuns(wants: (id: string) => boolean, night: Night | undefined): Case[] {
  const programs: Case[] = [
    shortRun(NODE, 'limit', ['--eval', '0']),
    ...PRINTED.map((flag) => shortRun(flag, 'ours', [CLI, flag])),
    ...(night === undefined ? [] : [wholeReplay(night)]),
  ];
  return programs.filter(({ id }) => wants(id));
}

function shortRun(id: string, subject: 'ours' | 'limit', args: readonly string[]): Case {
  const reference = subject === 'ours' ? NODE : null;
  const run = () => runMeasured(process.execPath, args, { timeoutMs: START_TIMEOUT_MS });
  return { id, subject, reference, parameters: {}, measure: () => measured(run, () => ({})) };
}

function wholeReplay(night: Night): Case {
  const { path, events, sizeBytes } = night;
  const programCache = new ProgramCache('whole');
  const args = oursArgs({ workers: undefined, highWaterMark: undefined });
  const run = async () => {
    loadIntoPageCache(path);
    return runMeasured(
      process.execPath,
      [...args, '--wait-setup', '0', '--url', 'tcp://127.0.0.1:*', '--quiet', path],
      { env: programCache.env, timeoutMs: START_TIMEOUT_MS },
    ).finally(() => programCache.empty());
  };
  return {
    id: wholeIdOf(events),
    subject: 'ours',
    reference: NODE,
    parameters: { events, sizeBytes },
    measure: () =>
      measured(run, ({ stdout, cpuS, peakRssBytes }) => {
        const { sent } = JSON.parse(stdout) as { sent: number };
        if (sent !== events) throw new Error(`sent ${sent} of ${events} events`);
        return { cpuUsPerEvent: cpuS === null ? null : (1e6 * cpuS) / events, peakRssBytes };
      }),
  };
}

/** @param more further figures of a run that has ended well; what it throws makes the trial invalid */
async function measured(
  run: () => Promise<MeasuredOutcome>,
  more: (outcome: MeasuredOutcome) => Measured['figures'],
): Promise<Measured> {
  const outcome = await run();
  const { code, signal, stderr, wallS } = outcome;
  if (code !== 0)
    return { reasons: [`the program ended with ${code ?? signal}: ${stderr.trim()}`], figures: {} };
  try {
    return { reasons: [], figures: { wallS, ...more(outcome) } };
  } catch (error) {
    return { reasons: [messageOf(error)], figures: {} };
  }
}
