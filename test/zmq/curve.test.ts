import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { curveKeyPair, Subscriber } from 'zeromq';
import { listen, ZMQServer } from '../../src/index.js';
import { readCertificate } from '../../src/zmq/curve/certificate.js';
import { type ClientKeyOptions, curveClientOptions } from '../../src/zmq/curve/client-keys.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { readServerKeys, type ServerKeyOptions } from '../../src/zmq/curve/server-keys.js';
import { fromZ85 } from '../../src/zmq/curve/z85.js';
import { Publisher } from '../../src/zmq/publisher.js';
import {
  endAll,
  findPython,
  freePort,
  PythonSubscriber,
  RunningProgram,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** It only bounds how long a failure takes. */
const LONG = { timeoutMs: 60_000 };
const EVENTS = 1000;
const PAYLOAD = JSON.stringify({ text: 'x'.repeat(200) });

describe('CURVE', () => {
  after(endAll);

  it('gives events to pyzmq with the key of the server', { skip: skipWithoutPython() }, async (context) => {
    const { folder, server } = keysFor(context, 'server');
    const mine = generateCertificate(join(folder, 'mine'), false);
    const { publisher, url } = await open(context, { curveKeys: server.secretFile });
    const curve = { server: server.publicFile, keys: mine.secretFile };
    const subscriber = await PythonSubscriber.start(url, { curve, count: EVENTS });
    assert.equal(await publisher.waitForSubscribers(1, LONG), true);
    send(publisher, EVENTS);
    assert.equal((await subscriber.result()).received, EVENTS);
  });

  for (const transport of ['tcp', 'ipc'] as const) {
    it(`gives nothing to who has no key, or a wrong one: ${transport}`, async (context) => {
      const { folder, server } = keysFor(context, 'server');
      const other = generateCertificate(join(folder, 'other'), false);
      const url = transport === 'ipc' ? `ipc://${join(folder, 'socket')}` : undefined;
      const opened = await open(context, { curveKeys: server.secretFile }, url);
      const wrong = curveClientOptions({ curveServer: other.publicFile });
      const strangers = [subscriber(context, opened.url), subscriber(context, opened.url, wrong)];
      await Promise.all(strangers.map(({ refused }) => refused));
      await givesEventsTo(context, opened, { curveServer: server.publicFile });
      for (const { socket } of strangers) await assert.rejects(socket.receive(), { code: 'EAGAIN' });
      assert.equal(opened.publisher.subscribers, 1);
    });
  }

  for (const what of ['files', 'folder'] as const) {
    it(`lets only those in whose keys are known: ${what}`, async (context) => {
      const { folder, server } = keysFor(context, 'server');
      const clients = join(folder, 'clients');
      mkdirSync(clients);
      const [known, alsoKnown] = ['a', 'b'].map((name) => generateCertificate(join(clients, name), false));
      const stranger = generateCertificate(join(folder, 'stranger'), false);
      const curveClients = what === 'folder' ? clients : [known.publicFile, alsoKnown.secretFile];
      const opened = await open(context, { curveKeys: server.secretFile, curveClients });
      const curveServer = server.publicFile;
      const wrong = [{ curveServer, curveKeys: stranger.secretFile }, { curveServer }];
      const strangers = wrong.map((keys) => subscriber(context, opened.url, curveClientOptions(keys)));
      assert.deepEqual(await Promise.all(strangers.map(({ refused }) => refused)), [
        'handshake:error:auth',
        'handshake:error:auth',
      ]);
      for (const [i, { secretFile }] of [known, alsoKnown].entries())
        await givesEventsTo(context, opened, { curveServer, curveKeys: secretFile }, i + 1);
      for (const { socket } of strangers) await assert.rejects(socket.receive(), { code: 'EAGAIN' });
    });
  }

  it('lets each of two publishers have clients of its own', async (context) => {
    const { folder, server } = keysFor(context, 'server');
    const curveServer = server.publicFile;
    for (const name of ['a', 'b']) {
      const client = generateCertificate(join(folder, name), false);
      const curveClients = client.publicFile;
      const opened = await open(context, { curveKeys: server.secretFile, curveClients });
      await givesEventsTo(context, opened, { curveServer, curveKeys: client.secretFile });
    }
  });

  it('delivers what is queued at the end', async (context) => {
    const { server } = keysFor(context, 'server');
    const { publisher, url } = await open(context, {
      curveKeys: server.secretFile,
      curveClients: server.publicFile,
    });
    const keys = { curveServer: server.publicFile, curveKeys: server.secretFile };
    const { socket } = subscriber(context, url, curveClientOptions(keys));
    await publisher.waitForSubscribers(1, LONG);
    send(publisher, EVENTS);
    assert.deepEqual(await publisher.close(), { subscribers: 0, mostEvents: 0 });
    socket.receiveTimeout = LONG.timeoutMs;
    for (let i = 0; i < EVENTS; i++) await socket.receive();
  });

  it('refuses addresses that it does not protect', async (context) => {
    const { server } = keysFor(context, 'server');
    for (const url of ['inproc://open', 'epgm://eth0;239.192.1.1:5555'])
      await assert.rejects(open(context, { curveKeys: server.secretFile }, url), {
        code: 'BAD_OPTION',
        message: /encrypted/,
      });
    await assert.rejects(listen({ url: 'inproc://open', curveServer: server.publicFile }).next(), {
      code: 'BAD_OPTION',
    });
  });

  it('is there for ZMQServer and listen', async (context) => {
    const { server } = keysFor(context, 'server');
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const sender = await ZMQServer.open(url, {
      curveKeys: server.secretFile,
      curveClients: [server.publicFile],
    });
    const sending = setInterval(() => sender.sendEvent(['a', PAYLOAD]), 1);
    const keys = { curveServer: server.publicFile, curveKeys: server.secretFile };
    for await (const { payload } of listen({ url, count: 1, ...keys }))
      assert.equal(String(payload), PAYLOAD);
    clearInterval(sending);
    await sender.close();
  });
});

describe('tcs-replay with keys', () => {
  after(endAll);

  it('plays to who has the key, and tells the others why they get nothing', async (context) => {
    const { folder, server } = keysFor(context, 'server');
    const mine = generateCertificate(join(folder, 'mine'), false);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const player = startCli([
      '-u',
      url,
      '--sleep',
      '0.01',
      '--curve-keys',
      server.secretFile,
      '--curve-clients',
      mine.publicFile,
    ]);
    const friend = ['--curve-server', server.publicFile, '--curve-keys', mine.secretFile];
    const { code, stdout } = await runCli(['listen', url, '--count', '5', '--json', ...friend]);
    assert.deepEqual([code, stdout.trimEnd().split('\n').length], [0, 5]);
    for (const [args, says] of [
      [[], /refuses the connection: it expects keys/],
      [['--curve-server', server.publicFile], /refuses the connection: it does not let this key in/],
      [
        ['--curve-server', mine.publicFile],
        /refuses the connection: the key of the server is probably another/,
      ],
    ] as const) {
      const stranger = startCli(['listen', url, ...args]);
      await stranger.waitForOutput(says);
      stranger.kill('SIGTERM');
      assert.equal((await stranger.outcome).stdout, '');
    }
    player.kill('SIGTERM');
    assert.equal((await player.outcome).code, 143);
  });

  it('names its options when keys cannot be used', async (context) => {
    const { server } = keysFor(context, 'server');
    for (const [args, code, says] of [
      [['--curve-keys', server.publicFile], 2, /--curve-keys to be a file with a secret key/],
      [['--curve-keys', '/nowhere'], 1, /key file of --curve-keys: ENOENT/],
      [['--curve-clients', server.publicFile], 2, /--curve-clients needs --curve-keys/],
      [['listen', '--curve-keys', server.secretFile], 2, /--curve-keys needs --curve-server/],
    ] as const) {
      const outcome = await runCli(args);
      assert.equal(outcome.code, code);
      assert.match(outcome.stderr, says);
      assert.equal(outcome.stderr.trim().split('\n').length, 1);
    }
  });
});

describe('tcs-replay keygen', () => {
  after(endAll);

  it('writes certificates that pyzmq reads', { skip: skipWithoutPython() }, async (context) => {
    const cwd = temporaryFolder(context);
    const { code, stdout } = await runCli(['keygen', 'mine', '--json'], { cwd });
    assert.equal(code, 0);
    const { publicKey, publicFile, secretFile } = JSON.parse(stdout);
    assert.deepEqual([publicFile, secretFile], ['mine.key', 'mine.key_secret']);
    const load =
      'import zmq.auth, sys; print([k and k.decode() for f in sys.argv[1:] for k in zmq.auth.load_certificate(f)])';
    const python = new RunningProgram(findPython() ?? '', ['-c', load, publicFile, secretFile], { cwd });
    const { secretKey } = readCertificate(join(cwd, secretFile), 'it');
    assert.equal(
      (await python.outcome).stdout.trim(),
      `['${publicKey}', None, '${publicKey}', '${secretKey}']`,
    );
  });

  it('keeps the secret, and never replaces a file unasked', async (context) => {
    const cwd = temporaryFolder(context);
    assert.equal((await runCli(['keygen'], { cwd })).code, 0);
    const secret = join(cwd, 'tcs-replay.key_secret');
    assert.equal(statSync(secret).mode & 0o777, 0o600);
    const before = readFileSync(secret, 'utf8');
    const { code, stderr } = await runCli(['keygen'], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /tcs-replay\.key_secret: it exists; give another name, or --force/);
    assert.equal(readFileSync(secret, 'utf8'), before);

    chmodSync(secret, 0o644);
    assert.equal((await runCli(['keygen', '--force'], { cwd })).code, 0);
    assert.notEqual(readFileSync(secret, 'utf8'), before);
    assert.equal(statSync(secret).mode & 0o777, 0o600);
  });

  it('leaves no half of a pair', (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'mine.key'), '');
    assert.throws(() => generateCertificate(join(folder, 'mine'), false), { code: 'WRITE_FAILED' });
    assert.throws(() => statSync(join(folder, 'mine.key_secret')), { code: 'ENOENT' });
  });
});

describe('a key file', () => {
  const PUBLIC = 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID';

  for (const [what, text, code, message] of [
    ['of something else', 'SQLite format 3', 'BAD_OPTION', /curveKeys to be a CURVE certificate/],
    ['without a secret key', `curve\n  public-key = "${PUBLIC}"\n`, 'BAD_OPTION', /the public half only/],
    [
      'with a short key',
      `public-key = "${PUBLIC.slice(1)}"`,
      'BAD_OPTION',
      /public-key in .*, got 39 characters/,
    ],
    [
      'with a key that is none',
      `public-key = "${PUBLIC.replace('Y', '~')}"`,
      'BAD_OPTION',
      /40 characters that are not/,
    ],
  ] as const) {
    it(`${what} is refused`, (context) => {
      const path = join(temporaryFolder(context), 'file');
      writeFileSync(path, text, { mode: 0o600 });
      assert.throws(() => readServerKeys({ curveKeys: path }), { code, message });
    });
  }

  it('must be there, and a file', (context) => {
    const folder = temporaryFolder(context);
    assert.throws(() => readServerKeys({ curveKeys: join(folder, 'none') }), { code: 'NO_SUCH_FILE' });
    assert.throws(() => readServerKeys({ curveKeys: folder }), { code: 'BAD_OPTION' });
    const { secretFile } = generateCertificate(join(folder, 'mine'), false);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const keys = { curveKeys: secretFile };
    assert.throws(() => readServerKeys({ ...keys, curveClients: empty }), { code: 'BAD_OPTION' });
    assert.throws(() => readServerKeys({ ...keys, curveClients: [join(folder, 'x')] }), {
      code: 'NO_SUCH_FILE',
    });
  });

  it('with a secret that others may read is told', (context) => {
    const { secretFile } = generateCertificate(join(temporaryFolder(context), 'mine'), false);
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    readServerKeys({ curveKeys: secretFile, onNotice });
    assert.deepEqual(notices, []);
    const copy = `${secretFile}.copy`;
    copyFileSync(secretFile, copy);
    chmodSync(copy, 0o640);
    readServerKeys({ curveKeys: copy, onNotice });
    assert.match(notices.join(), /holds a secret key.*chmod 600/);
  });

  it('has keys as pyzmq, czmq and people write them', (context) => {
    const path = join(temporaryFolder(context), 'file');
    for (const line of [
      `public-key="${PUBLIC}"`,
      `\tpublic-key = '${PUBLIC}' \r`,
      `public-key = ${PUBLIC}`,
    ]) {
      writeFileSync(path, `# public-key = "none"\nmetadata\n    name = "x"\ncurve\n${line}\n`);
      assert.deepEqual(readCertificate(path, 'it'), { publicKey: PUBLIC, secretKey: undefined });
    }
  });
});

describe('fromZ85', () => {
  it('reads the example of the specification', () => {
    assert.equal(fromZ85('HelloWorld')?.toString('hex'), '864fd26fb559f75b');
  });

  it('gives 32 bytes for every key, and takes no text that is no Z85', () => {
    for (let i = 0; i < 100; i++) {
      const { publicKey } = curveKeyPair();
      assert.equal(fromZ85(publicKey)?.length, 32);
    }
    for (const text of ['Hell', 'Hel o', '#####', 'é0000']) assert.equal(fromZ85(text), undefined);
    fc.assert(fc.property(fc.string(), (text) => (fromZ85(text)?.length ?? 0) <= text.length));
  });
});

interface Opened {
  readonly publisher: Publisher;
  readonly url: string;
}

function keysFor(context: TestContext, name: string) {
  const folder = temporaryFolder(context);
  return { folder, server: generateCertificate(join(folder, name), false) };
}

async function open(context: TestContext, keys: ServerKeyOptions, url?: string): Promise<Opened> {
  const bound = url ?? `tcp://127.0.0.1:${await freePort()}`;
  const curve = readServerKeys(keys);
  const publisher = await Publisher.open({
    bind: [bound],
    connect: [],
    highWaterMark: 0,
    lingerMs: LONG.timeoutMs,
    curve,
  });
  context.after(() => publisher.close());
  return { publisher, url: bound };
}

/** One that is there when events are sent, and gets what there is at once or not at all. */
function subscriber(context: TestContext, url: string, curve: object = {}) {
  const socket = new Subscriber({ linger: 0, receiveTimeout: 0, ...curve });
  context.after(() => socket.close());
  const refused = new Promise<string>((resolve) => {
    for (const type of ['handshake:error:auth', 'handshake:error:protocol', 'handshake:error:other'] as const)
      socket.events.on(type, () => resolve(type));
  });
  socket.connect(url);
  socket.subscribe('');
  return { socket, refused };
}

/** Once this has passed, events have been sent, and one more with these keys, the `count`th there, has them all. */
async function givesEventsTo(
  context: TestContext,
  { publisher, url }: Opened,
  keys: ClientKeyOptions,
  count = 1,
): Promise<void> {
  const { socket } = subscriber(context, url, curveClientOptions(keys));
  socket.receiveTimeout = LONG.timeoutMs;
  assert.equal(await publisher.waitForSubscribers(count, LONG), true);
  send(publisher, EVENTS);
  for (let i = 0; i < EVENTS; i++) assert.equal(String((await socket.receive())[1]), PAYLOAD);
}

function send(publisher: Publisher, count: number): void {
  for (let i = 0; i < count; i++) publisher.send(['a.b.c', PAYLOAD]);
}
