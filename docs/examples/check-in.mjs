// Tells a load test of tcs-replay what this subscriber receives: new CheckIn(name, url), and seen(payload) for each event.
import { Dealer } from 'zeromq';

const WIRE_TIME = /"__wire_time":\s*([\d.]+)/;
const REMEMBERED = 4096;

/** Counts, and reports as often as the load test asks for. The subscriber never waits. */
export class CheckIn {
  report = { received: 0, duplicated: 0, reordered: 0, first: null, last: null };
  latency = {};
  remembered = new Set();
  clock = { offset: 0, error: 1e6 }; // until the first exchange, nothing is known
  interval = 1; // seconds between two reports: the load test says

  constructor(name, url = 'tcp://127.0.0.1:5558', topics = ['']) {
    Object.assign(this.report, { name, topics, pid: process.pid });
    this.socket = new Dealer({ sendHighWaterMark: 4, sendTimeout: 0, linger: 1000 });
    this.socket.connect(url);
    this.listen();
    this.keepTelling();
  }

  /** Counts an event: its JSON as a buffer. */
  seen(payload) {
    const now = unixS() + this.clock.offset;
    const { report, remembered, latency } = this;
    report.received += 1;
    const wire = Number(WIRE_TIME.exec(payload.toString('latin1'))?.[1]);
    if (Number.isNaN(wire)) return;
    if (report.last === null || wire > report.last) {
      report.first ??= wire;
      report.last = wire;
    } else report[remembered.has(wire) ? 'duplicated' : 'reordered'] += 1;
    if (remembered.add(wire).size > REMEMBERED) remembered.delete(remembered.values().next().value);
    const latencyUs = Number((Math.max(0, now - wire) * 1e6).toPrecision(2)); // some 90 counts for each power of ten
    latency[latencyUs] = (latency[latencyUs] ?? 0) + 1;
  }

  /** Sends the last report. */
  async close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.tell();
    this.socket.close();
  }

  async keepTelling() {
    await this.tell();
    if (!this.isClosed) this.timer = setTimeout(() => this.keepTelling(), 1000 * this.interval);
  }

  async tell() {
    const { report, latency } = this;
    const clock = this.clock.error < 1e6 ? this.clock : null;
    await this.send({ clock: unixS() });
    await this.send({ report: { ...report, latency, clock, sent_at: unixS() } });
  }

  /** If nobody takes it: the next report has all that this one says. */
  send(message) {
    return this.socket.send(JSON.stringify(message)).catch(() => {});
  }

  async listen() {
    for await (const [frame] of this.socket) {
      const now = unixS();
      const { clock, interval, error: refusal } = JSON.parse(frame.toString());
      if (refusal !== undefined) console.error(`check-in: ${refusal}`);
      else {
        this.interval = interval;
        const error = (now - clock.sent - (clock.answered - clock.received)) / 2;
        if (error < this.clock.error)
          this.clock = { error, offset: (clock.received - clock.sent + clock.answered - now) / 2 };
      }
    }
  }
}

function unixS() {
  return (performance.timeOrigin + performance.now()) / 1000;
}
