import assert from 'node:assert/strict';
import { hostname, networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { reaches } from '../../src/zmq/reaches.js';

const REACHED: [url: string, own: string][] = [
  ['tcp://127.0.0.1:5556', 'tcp://127.0.0.1:5556'],
  ['tcp://localhost:5556', 'tcp://127.0.0.1:5556'],
  ['tcp://[::1]:5556', 'tcp://localhost:5556'],
  ['tcp://127.0.0.1:5556', 'tcp://*:5556'],
  ['tcp://127.0.0.1:5556', 'tcp://0.0.0.0:5556'],
  ['tcp://127.0.0.1:5556', 'tcp://lo:5556'],
  ['tcp://127.0.0.1:0;127.0.0.1:5556', 'tcp://127.0.0.1:5556'],
  [`tcp://${hostname()}:5556`, 'tcp://*:5556'],
  ['ipc:///tmp/a', 'ipc:///tmp/a'],
];
const NOT_REACHED: [url: string, own: string][] = [
  ['tcp://127.0.0.1:5556', 'tcp://127.0.0.1:5557'],
  ['tcp://127.0.0.1:5556', 'tcp://127.0.0.1:*'],
  ['tcp://127.0.0.2:5556', 'tcp://127.0.0.1:5556'],
  ['tcp://tracker.example:5556', 'tcp://*:5556'],
  ['tcp://tracker.example:5556', 'tcp://127.0.0.1:5556'],
  ['ipc:///tmp/a', 'ipc:///tmp/b'],
  ['ipc:///tmp/a', 'tcp://*:5556'],
];

for (const [url, own] of REACHED)
  test(
    `${url} comes to ${own}`,
    { skip: own.includes('//lo:') && networkInterfaces().lo === undefined },
    () => assert.equal(reaches(url, own), true),
  );
for (const [url, own] of NOT_REACHED)
  test(`${url} does not come to ${own}`, () => assert.equal(reaches(url, own), false));
