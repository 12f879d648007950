import { Command } from 'commander';
import { OPTIONS, optionValue } from '../../options/option-table.js';
import { counted } from '../../shared/text.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { tell } from '../output.js';
import { StopSignals } from '../stop-signals.js';

interface ProxyFlags {
  readonly from: string[];
  readonly to: string[];
  readonly highWaterMark?: string;
  readonly receiveHighWaterMark?: string;
  readonly curveServer?: string;
  readonly curveKeys?: string;
  readonly curveClients?: string[];
}

const FLAGS: readonly Flag<keyof ProxyFlags>[] = [
  {
    option: 'highWaterMark',
    flags: '--hwm <messages>',
    help: `most messages queued for each subscriber, beyond which it loses some; 0: no limit (default: ${OPTIONS.highWaterMark.default})`,
  },
  {
    option: 'receiveHighWaterMark',
    flags: '--receive-hwm <messages>',
    help: `most messages queued from each publisher, beyond which its own queue fills (default: ${OPTIONS.highWaterMark.default})`,
  },
  {
    option: 'curveServer',
    flags: '--curve-server <file>',
    help: 'public key file of the publishers, if they encrypt',
  },
  {
    option: 'curveKeys',
    flags: '--curve-keys <file>',
    help: 'own secret key file: subscribers must encrypt, and publishers know the proxy by it',
  },
  {
    option: 'curveClients',
    flags: '--curve-clients <files...>',
    help: 'public key files, or folders of them, of the subscribers that are let in (default: all that know the key)',
  },
];

const EXAMPLES = `
Examples:
  tcs-replay proxy --from tcp://pub:5556 --to 'tcp://*:5556'
                                 subscribers connect here instead of to pub
  tcs-replay proxy --from tcp://pub:5556 --to 'tcp://*:5556' \\
      --curve-server pub.key --curve-keys proxy.key_secret
                                 encrypted on both sides
  tcs-replay proxy --from 'tcp://*:5555' --to 'tcp://*:5556'
  tcs-replay night.db --connect tcp://proxy:5555
                                 the publisher connects to the proxy

A publisher sends each event once to each proxy, and the proxy once to each of
its subscribers: a tree of proxies serves more than one network card can.
Subscriptions go through it, so that only what somebody wants comes here.

Each queue loses on its own: the publisher's where the proxy is too slow, the
proxy's where a subscriber is. An agent behind each proxy tells which it was
(docs/many-machines.md).

Exit codes: 1 failed, 2 wrong usage, 129, 130 or 143 stopped by SIGHUP, SIGINT
or SIGTERM, which is how it ends.`;

/** The command that sends events of publishers on to subscribers. */
export function proxyCommand(): Command {
  const command = new Command('proxy')
    .description('take events from publishers, and send them on to subscribers')
    .requiredOption(
      '--from <url...>',
      'addresses of publishers to connect to; tcp://*:PORT: publishers connect',
    )
    .requiredOption('--to <url...>', 'addresses to which subscribers connect');
  return addFlags(command, FLAGS).addHelpText('after', EXAMPLES).action(run);
}

async function run(flags: ProxyFlags): Promise<void> {
  const nameOf = flagNames(FLAGS);
  const { from, to, curveServer, curveKeys, curveClients } = flags;
  const markOf = (value: string | undefined, option: keyof ProxyFlags) =>
    optionValue('highWaterMark', value, nameOf(option));
  const highWaterMark = markOf(flags.highWaterMark, 'highWaterMark');
  const receiveHighWaterMark = markOf(flags.receiveHighWaterMark, 'receiveHighWaterMark');
  const [{ Forwarder }, { curveClientOptions }, { readServerKeys }] = await Promise.all([
    import('../../zmq/forwarder.js'),
    import('../../zmq/curve/client-keys.js'),
    import('../../zmq/curve/server-keys.js'),
  ]);
  const stop = new StopSignals();
  try {
    const forwarder = await Forwarder.open({
      ...{ from, to, highWaterMark, receiveHighWaterMark, onNotice: tell },
      client:
        curveServer === undefined
          ? undefined
          : curveClientOptions({ curveServer, curveKeys, onNotice: tell }, nameOf),
      server: readServerKeys({ curveKeys, curveClients, onNotice: tell }, nameOf),
    });
    tell(`Forwarding from ${counted(from.length, 'address')} to ${forwarder.addresses.join(', ')}`);
    const end = () => forwarder.close();
    stop.signal.addEventListener('abort', end);
    if (stop.signal.aborted) end();
    await forwarder.ended;
    tell('Ended');
  } finally {
    stop.release();
  }
}
