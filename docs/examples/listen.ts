// Prints the topic, delay and size of ten events as they arrive: node listen.js [url]
import { listen } from 'tcs-replay';

const [url = 'tcp://127.0.0.1:5556'] = process.argv.slice(2);

for await (const { topic, payload, receivedS } of listen({ url, topics: ['tracker.*'], count: 10 })) {
  const { __wire_time: wireTime } = JSON.parse(payload.toString());
  console.log(`${topic}: ${((receivedS - wireTime) * 1000).toFixed(2)} ms, ${payload.length} bytes`);
}
