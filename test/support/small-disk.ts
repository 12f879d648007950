import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface SmallDisk {
  readonly path: string;
  /** Changes its options. */
  remount(options: string): void;
}

/** Mounts a disk in memory, until the test has ended. Call it before other folders of the test are made, and so before they go. */
export function mountSmallDisk(context: TestContext, options: string): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'tcs-test-disk-'));
  context.after(() => {
    spawnSync('umount', ['-l', path]);
    rmdirSync(path);
  });
  const remount = (given: string) => {
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', given, 'tmpfs', path], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  };
  remount(options);
  return { path, remount: (given) => remount(`remount,${given}`) };
}

/** For node:test's `skip`: false where this process may mount a disk, or else why the test is skipped. */
export function skipWithoutMount(): string | false {
  const path = mkdtempSync(join(tmpdir(), 'tcs-test-mount-'));
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', path]).status !== 0)
      return 'it takes root to mount a small disk';
    spawnSync('umount', [path]);
    return false;
  } finally {
    rmdirSync(path);
  }
}
