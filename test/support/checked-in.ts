/** A subscriber that checks in with docs/examples/check-in.mjs: checked-in.js URL CHECK_IN_URL NAME COUNT. */
import { Subscriber } from 'zeromq';

const [url, checkInUrl, name, count] = process.argv.slice(2) as [string, string, string, string];
const { CheckIn } = await import(new URL('../../../docs/examples/check-in.mjs', import.meta.url).href);
const checkIn = new CheckIn(name, checkInUrl);
const socket = new Subscriber();
socket.subscribe('');
socket.connect(url);
for (let received = 0; received < Number(count); received++) {
  const [, payload] = await socket.receive();
  checkIn.seen(payload);
}
await checkIn.close();
socket.close();
