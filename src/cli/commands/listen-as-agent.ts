import type { ListenOptions } from '../../listen.js';
import type { AgentOptions } from '../../loadtest/agent/agent.js';
import { notTogether } from '../../shared/expect.js';
import { CLIENT_KEY_FLAGS } from '../flags/client-key-flags.js';
import { type Flag, flagNames } from '../flags/flag.js';
import { print, printJson, tell } from '../output.js';
import { StopSignals } from '../stop-signals.js';

/** The options of an agent that `listen` does not have without it. */
export const AGENT_FLAGS: readonly Flag<keyof AgentOptions>[] = [
  {
    option: 'reportTo',
    flags: '--report-to <url>',
    help: 'be an agent of a load test: report to its --report-bind what is received (docs/many-machines.md)',
  },
  { option: 'name', flags: '--name <name>', help: 'with --report-to: name of the agent (default: the host)' },
  {
    option: 'subscribers',
    flags: '--subscribers <count>',
    help: 'with --report-to: number of subscribers, each a process of its own (default: 1)',
  },
  {
    option: 'hop',
    flags: '--hop <proxies>',
    help: 'with --report-to: the proxies between publisher and agent, such as A or A/B',
  },
  {
    option: 'reportServer',
    flags: '--report-server <file>',
    help: 'with --report-to: public key file of the load test (default: that of --curve-server)',
  },
];

interface AgentFlags extends AgentOptions, Pick<ListenOptions, 'count' | 'idleTimeoutS'> {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly format: string;
}

/** `listen --report-to`: receives for a load test on another machine, and reports what comes. */
export async function listenAsAgent(flags: AgentFlags): Promise<void> {
  const { json, quiet, format, count, idleTimeoutS, ...options } = flags;
  const why = 'an agent ends when the load test does, and reads JSON';
  if (count !== undefined) throw notTogether('--count', '--report-to', why);
  if (idleTimeoutS !== undefined) throw notTogether('--timeout', '--report-to', why);
  if (format !== 'json') throw notTogether(`--format ${format}`, '--report-to', why);
  const stop = new StopSignals();
  try {
    const { runAgent } = await import('../../loadtest/agent/agent.js');
    const names = flagNames([...AGENT_FLAGS, ...CLIENT_KEY_FLAGS]);
    const outcome = await runAgent({ ...options, signal: stop.signal, onNotice: tell }, names);
    if (json) printJson(outcome);
    else if (!quiet) {
      const { loadAgentText } = await import('../reports/load-agent-text.js');
      print(loadAgentText(outcome));
    }
  } finally {
    stop.release();
  }
}
