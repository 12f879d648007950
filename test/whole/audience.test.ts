import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import { Subscriber } from 'zeromq';
import { type ReplayStart, startReplay } from '../../src/index.js';
import { endAll, freePort, runCli, startCli } from '../support/peer.js';

const TIMEOUT_MS = 60_000;
const MOCK = { sleepS: 0.001, waitSetupS: 0 };

describe('who is there', () => {
  after(endAll);

  it('is told with the port that the system has chosen: at the start, in the status, in the outcome', async (context) => {
    const notices: string[] = [];
    let start: ReplayStart | undefined;
    let tell = () => {};
    const isWaiting = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const playback = startReplay({
      ...MOCK,
      url: 'tcp://127.0.0.1:*',
      waitSubscribers: 2,
      waitTimeoutS: 1000,
      onNotice: (notice) => {
        notices.push(notice);
        tell();
      },
      onStart: (found) => {
        start = found;
      },
    });
    await isWaiting;
    const { addresses, awaitedSubscribers, subscribers, state } = playback.status();
    const [url] = addresses;
    assert.match(url, /^tcp:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual([addresses.length, awaitedSubscribers, subscribers, state], [1, 2, 0, 'waiting']);
    assert.equal(
      notices[0],
      `Waiting for subscribers: 0 of 2 at ${url}; one to try: tcs-replay listen ${url}`,
    );
    const [first] = [connected(context, url), connected(context, url)];
    await first.receive();
    assert.deepEqual(start, { addresses: [url], subscribers: 2 });
    playback.quit();
    const outcome = await playback.outcome;
    assert.deepEqual([outcome.addresses, outcome.subscribers], [[url], { atStart: 2, most: 2 }]);
  });

  it('is told on the command line, in the status and in the summary', async (context) => {
    const [port, control] = [await freePort(), `tcp://127.0.0.1:${await freePort()}`];
    const url = `tcp://127.0.0.1:${port}`;
    const subscriber = connected(context, url);
    const program = startCli([
      ...['-u', url, '--control', control, '--sleep', '0.001'],
      ...['--wait-setup', '0', '--wait-subscribers', '1'],
    ]);
    await subscriber.receive();
    const { stdout: status } = await runCli(['ctl', 'status', '--url', control]);
    assert.match(status, new RegExp(`^to +1 subscriber at ${url}$`, 'm'));
    program.kill('SIGINT');
    const { stdout, stderr } = await program.outcome;
    assert.match(stderr, new RegExp(`^Sending to 1 subscriber at ${url}$`, 'm'));
    assert.match(stdout, new RegExp(`^  to +1 subscriber at ${url}$`, 'm'));
  });

  it('is told where nothing answers that it connects to, and when something does', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const program = startCli([
      '--connect',
      url,
      '--connect',
      'tcp://no-such-host.invalid:5555',
      '--sleep',
      '0.01',
    ]);
    await program.waitForOutput(new RegExp(`^Nothing answers at ${url} yet: waiting for it$`, 'm'));
    await program.waitForOutput(/^There is no host no-such-host.invalid for tcp:\S+: waiting for it$/m);
    const bound = new Subscriber({ linger: 0, receiveTimeout: TIMEOUT_MS });
    context.after(() => bound.close());
    await bound.bind(url);
    bound.subscribe('');
    await bound.receive();
    await program.waitForOutput(new RegExp(`^Connected to ${url}$`, 'm'));
    program.kill('SIGINT');
    assert.equal((await program.outcome).code, 130);
  });
});

function connected(context: TestContext, url: string): Subscriber {
  const subscriber = new Subscriber({ linger: 0, receiveTimeout: TIMEOUT_MS, reconnectInterval: 10 });
  context.after(() => subscriber.close());
  subscriber.connect(url);
  subscriber.subscribe('');
  return subscriber;
}
