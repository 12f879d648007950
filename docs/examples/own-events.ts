// Serves events that it makes, one a second for ten seconds: node own-events.js [url]
import { setTimeout as sleep } from 'node:timers/promises';
import { ZMQServer } from 'tcs-replay';

const [url = 'tcp://127.0.0.1:5556', intervalMs = '1000'] = process.argv.slice(2);

async function* temperatures(): AsyncGenerator<[topic: string, json: string]> {
  for (let i = 0; i < 10; i++) {
    await sleep(Number(intervalMs));
    const event = { __system: 'dome', __source: 'sensor', __key: 'temperature', celsius: 11 + i / 10 };
    yield ['dome.sensor.temperature', JSON.stringify({ ...event, __wire_time: Date.now() / 1000 })];
  }
}

const server = await ZMQServer.open(url);
await server.start(temperatures());
// Sends a single event, with the current time as its wire time.
server.sendTcsEvent('dome.sensor.stopped', { __system: 'dome', __source: 'sensor', __key: 'stopped' });
await server.close();
