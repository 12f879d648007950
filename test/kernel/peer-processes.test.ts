import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, describe, it, type TestContext } from 'node:test';
import { readPeerProcesses } from '../../src/kernel/peer-processes.js';
import { connectionKey, readTcpConnections } from '../../src/kernel/tcp-connections.js';
import { endAll, RunningProgram } from '../support/peer.js';

const skip = process.platform === 'linux' ? false : 'Linux alone tells';
const CONNECT = "require('node:net').connect(Number(process.argv.at(-1)), '127.0.0.1')";

describe('readPeerProcesses', { skip }, () => {
  after(endAll);

  it('finds the process at the other side, and shows its command as plain text', async (context) => {
    const { port, listener } = await listening(context);
    const program = await connectedProgram(listener, [
      '-e',
      CONNECT,
      `\u001b[31m${'x'.repeat(100)}`,
      `${port}`,
    ]);
    const [connection] = (await readTcpConnections([port])) ?? [];
    const processes = await readPeerProcesses([port]);
    const { pid, command } = processes.get(connectionKey(connection)) ?? {};
    assert.equal(pid, program.pid);
    assert.equal(command, `node -e ${CONNECT}`.slice(0, 59).concat('…'));
    assert.equal(processes.size, 1);
  });

  it('shows what comes first after the options, and nothing that follows', async (context) => {
    const { port, listener } = await listening(context);
    await connectedProgram(listener, [
      '--no-warnings',
      `--eval=${CONNECT.slice(0, 0)}0`,
      '-e',
      CONNECT,
      `${port}`,
    ]);
    const [found] = (await readPeerProcesses([port])).values();
    assert.ok(found.command.startsWith('node --no-warnings --eval=0 -e require'), found.command);
  });

  it('knows nothing without ss, and without a port', async (context) => {
    const { port, listener } = await listening(context);
    await connectedProgram(listener, ['-e', CONNECT, `${port}`]);
    assert.equal((await readPeerProcesses([port], { command: '/nowhere/ss' })).size, 0);
    assert.equal((await readPeerProcesses([])).size, 0);
  });
});

async function listening(context: TestContext) {
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    context.after(() => socket.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  context.after(() => listener.close());
  return { listener, port: (listener.address() as { port: number }).port };
}

async function connectedProgram(
  listener: ReturnType<typeof createServer>,
  args: string[],
): Promise<RunningProgram> {
  const isConnected = once(listener, 'connection');
  const program = new RunningProgram(process.execPath, args);
  await isConnected;
  return program;
}
