import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenModule } from '../../src/shared/broken-module.js';

const NODE = `this Node, ${process.version} for ${process.platform} ${process.arch}`;

test('tells of a module that was built for another version of Node', () => {
  const error = Object.assign(
    new Error(
      "The module '/home/tcs/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 108. This version of Node.js requires\nNODE_MODULE_VERSION 115. Please try re-compiling or re-installing\nthe module (for instance, using `npm rebuild` or `npm install`).",
    ),
    { code: 'ERR_DLOPEN_FAILED' },
  );
  const told = brokenModule(error);
  assert.equal(told?.code, 'BROKEN_INSTALL');
  assert.equal(
    told.message,
    `The native module of better-sqlite3 cannot be loaded by ${NODE}: it was built for another version of Node; run "npm rebuild better-sqlite3" in /home/tcs/app`,
  );
});

test('tells of a module that was not built', () => {
  const tried = ' → /opt/my app/node_modules/better-sqlite3/build/better_sqlite3.node';
  assert.equal(
    brokenModule(new Error(`Could not locate the bindings file. Tried:\n${tried}\n${tried}`))?.message,
    `The native module of better-sqlite3 cannot be loaded by ${NODE}: it was not built; run "npm rebuild better-sqlite3" in /opt/my app`,
  );
  assert.equal(
    brokenModule(new Error('No compatible zeromq.js addon found'))?.message,
    `A native module cannot be loaded by ${NODE}: it was not built; run "npm rebuild" where tcs-replay is installed`,
  );
});

test('leaves other errors as they are', () => {
  for (const other of [new Error('disk I/O error'), 'a text', undefined])
    assert.equal(brokenModule(other), undefined);
});
