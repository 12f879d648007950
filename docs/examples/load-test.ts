// Asks whether a subscriber that takes some time for each event keeps up: node load-test.js night.db [rate]
import { loadTest } from 'tcs-replay';

const [database = 'night.db', rate = '200'] = process.argv.slice(2);

const { verdict, reasons, subscribers } = await loadTest({
  databases: database,
  url: 'tcp://127.0.0.1:*',
  stages: [`${rate}:3s`],
  subscribers: ['1,name=gui,service=exp:200us'],
  failIf: ['lost>0', 'gui: lag>5s'],
  onLoadProgress: ({ phase, sent }) => console.error(`${phase}: ${sent} events`),
});

console.log(verdict, ...reasons);
for (const { name, received, lost, latency } of subscribers) {
  console.log(`${name}: ${received} events, ${lost?.most ?? '?'} lost at most, p99 ${latency?.p99Us} µs`);
}
