import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { MetricsServer } from '../../src/metrics/metrics-server.js';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';

const GAUGE: MetricFamily = { name: 'a', type: 'gauge', help: 'An a.', read: () => [{ value: 1.5 }] };

async function serve(context: TestContext, families: readonly MetricFamily[]) {
  const port = await freePort();
  const server = await MetricsServer.open({
    ...{ address: { host: '127.0.0.1', port }, families, optionName: '--metrics' },
    onNotice: (notice) => assert.fail(notice),
  });
  context.after(() => server.close());
  return { server, port, url: `http://127.0.0.1:${port}/metrics` };
}

describe('the server of metrics', () => {
  it('serves all values, read at that moment, with escaped labels', async (context) => {
    let reads = 0;
    const hostile = 'a"b\\c\nd{e}=\u2028ü';
    const { url } = await serve(context, [
      GAUGE,
      { name: 'unknown', type: 'gauge', help: 'Not known.', read: () => [{ value: Number.NaN }] },
      {
        ...{ name: 'b_total', type: 'counter', help: 'Reads\nof it.' },
        read: async () => [{ value: ++reads, labels: { topic: hostile } }],
      },
    ]);
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    assert(text.includes('# HELP a An a.\n# TYPE a gauge\na 1.5\n'), text);
    assert(text.includes('# TYPE unknown gauge\n#'), text);
    assert(text.includes('# HELP b_total Reads\\nof it.\n'), text);
    assert(text.includes('b_total{topic="a\\"b\\\\c\\nd{e}=\u2028ü"} 1\n'), text);
    assert.match(text, /^tcs_replay_build_info\{version="\d+\.\d+\.\d+",node="v\d+[^"]*"\} 1$/m);
    const again = await (await fetch(`${url}?x=1`)).text();
    assert(
      again.split('\n').some((line) => line.startsWith('b_total{') && line.endsWith('} 2')),
      again,
    );
  });

  it('makes every value of a large metric into text, under one head', async (context) => {
    const samples = Array.from({ length: 1234 }, (_, i) => ({ value: i, labels: { topic: `t${i}` } }));
    const { url } = await serve(context, [
      { name: 'many_total', type: 'counter', help: 'Many.', read: () => samples },
    ]);
    const lines = (await (await fetch(url)).text()).split('\n').filter((line) => line.includes('many_total'));
    assert.deepEqual(lines, [
      '# HELP many_total Many.',
      '# TYPE many_total counter',
      ...samples.map(({ value }) => `many_total{topic="t${value}"} ${value}`),
    ]);
  });

  it('answers nothing but GET /metrics', async (context) => {
    const { url } = await serve(context, [GAUGE]);
    for (const path of ['/', '/metrics/', '/metricsx', '/../metrics.json', '/favicon.ico'])
      assert.equal((await fetch(new URL(path, url))).status, 404, path);
    const posted = await fetch(url, { method: 'POST', body: 'x' });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.get('allow'), 'GET, HEAD');
    const head = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  it('reads once for scrapes at the same time, and tells why it cannot', async (context) => {
    const reads: (() => void)[] = [];
    const { port } = await serve(context, [
      {
        ...{ name: 'slow', type: 'gauge', help: 'Slow.' },
        read: () => new Promise((_, reject) => reads.push(() => reject(new Error('the disk is gone')))),
      },
    ]);
    const client = connect(port, '127.0.0.1');
    let answers = '';
    client.setEncoding('utf8').on('data', (text: string) => {
      answers += text;
    });
    // Both come in one piece, so that both are taken up before anything is read.
    const get = 'GET /metrics HTTP/1.1\r\nHost: a\r\n';
    client.write(`${get}\r\n${get}Connection: close\r\n\r\n`);
    const [fail] = await until(
      () => reads,
      ({ length }) => length > 0,
    );
    assert.equal(reads.length, 1);
    fail?.();
    await once(client, 'close');
    assert.equal(answers.match(/^HTTP\/1\.1 500 /gm)?.length, 2, answers);
    assert.equal(answers.match(/^Metrics cannot be read: the disk is gone$/gm)?.length, 2, answers);
    assert.equal(reads.length, 1);
  });

  it('is closed at once, with connections that wait', async (context) => {
    const { server, port, url } = await serve(context, [GAUGE]);
    const waiting = connect(port, '127.0.0.1');
    await once(waiting, 'connect');
    const closed = once(waiting, 'close');
    await (await fetch(url)).text();
    server.close();
    await closed;
    await assert.rejects(fetch(url));
  });

  it('says in the words of the user why it cannot be opened', async (context) => {
    const { port } = await serve(context, [GAUGE]);
    const open = (host: string, at: number) =>
      MetricsServer.open({ address: { host, port: at }, families: [], optionName: '--metrics' });
    await assert.rejects(open('127.0.0.1', port), {
      code: 'ADDRESS_IN_USE',
      message: `Cannot serve --metrics at 127.0.0.1:${port}: the address is in use; end the other program, or give another port`,
    });
    await assert.rejects(open('192.0.2.1', port), {
      code: 'BAD_ADDRESS',
      message: `Cannot serve --metrics at 192.0.2.1:${port}: this machine has no such address`,
    });
    await assert.rejects(open('no-such-host.invalid', port), {
      code: 'BAD_ADDRESS',
      message: `Cannot serve --metrics at no-such-host.invalid:${port}: no host has the name no-such-host.invalid`,
    });
  });

  it('tells where it is if the system chose the port, or others can reach it', async (context) => {
    const told: string[] = [];
    for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
      const server = await MetricsServer.open({
        ...{ address: { host, port: 0 }, families: [GAUGE], optionName: '--metrics' },
        onNotice: (notice) => told.push(notice),
      });
      context.after(() => server.close());
    }
    assert.match(told[0] ?? '', /^Metrics are at http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics$/);
    assert.match(told[1] ?? '', /^Metrics are at http:\/\/\[::1\]:[1-9]\d*\/metrics$/);
    assert.match(
      told[2] ?? '',
      /^Other hosts can read the metrics at http:\/\/0\.0\.0\.0:[1-9]\d*\/metrics$/,
    );
    assert.equal((await fetch((told[1] ?? '').replace('Metrics are at ', ''))).status, 200);
  });
});
