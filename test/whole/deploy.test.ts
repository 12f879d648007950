import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { parseAllDocuments } from 'yaml';
import { generateCommand } from '../../src/cli/commands/generate-command.js';
import { listenCommand } from '../../src/cli/commands/listen-command.js';
import { loadtestCommand } from '../../src/cli/commands/loadtest-command.js';
import { proxyCommand } from '../../src/cli/commands/proxy-command.js';
import { type KubernetesObject, kubernetesObject } from '../support/kubernetes-objects.js';

const DEPLOY = fileURLToPath(new URL('../../../docs/deploy/', import.meta.url));
const COMMANDS = new Map(
  [generateCommand(), listenCommand(), loadtestCommand(), proxyCommand()].map((command) => [
    command.name(),
    command,
  ]),
);

const objects = parseAllDocuments(readFileSync(`${DEPLOY}kubernetes.yaml`, 'utf8')).map((document) => {
  assert.deepEqual(document.errors, []);
  return kubernetesObject.parse(document.toJS());
});

describe('the manifests in docs/deploy', () => {
  it('start nothing again, and have each agent that the load test waits for', () => {
    const [loadtest, agents] = objects.filter((each) => each.kind === 'Job');
    for (const { spec } of [loadtest, agents])
      assert.deepEqual([spec.backoffLimit, spec.template.spec.restartPolicy], [0, 'Never']);
    const { completionMode, completions, parallelism } = agents.spec;
    assert.deepEqual([completionMode, parallelism], ['Indexed', completions]);
    assert.ok(argsOf(loadtest).includes(`--agents=${completions}`));
  });

  it('select pods that there are, and mount volumes that there are', () => {
    const templates = objects.flatMap((each) => (each.kind === 'Service' ? [] : [each.spec.template]));
    const labels = templates.map(({ metadata }) => JSON.stringify(metadata.labels));
    for (const each of objects) {
      if (each.kind === 'Service') assert.ok(labels.includes(JSON.stringify(each.spec.selector)));
      if (each.kind === 'StatefulSet')
        assert.deepEqual(each.spec.selector.matchLabels, each.spec.template.metadata.labels);
    }
    for (const { spec } of templates) {
      const volumes = spec.volumes?.map(({ name }) => name) ?? [];
      for (const { volumeMounts = [] } of [...(spec.initContainers ?? []), ...spec.containers])
        for (const { name } of volumeMounts) assert.ok(volumes.includes(name), name);
    }
  });

  it('find each other by names of services, and at their ports', () => {
    const services = objects.filter((each) => each.kind === 'Service');
    const urls = objects
      .flatMap(argsOf)
      .flatMap((arg) => [...arg.matchAll(/tcp:\/\/[\w$-]+\.([\w-]+):(\d+)/g)]);
    assert.ok(urls.length >= 3);
    for (const [url, name, port] of urls) {
      const service = services.find(({ metadata }) => metadata.name === name);
      assert.ok(
        service?.spec.ports.some((each) => each.port === Number(port)),
        url,
      );
    }
  });

  it('give flags that the commands have', () => {
    const lines = objects.flatMap((each) =>
      each.kind === 'Service'
        ? []
        : [...(each.spec.template.spec.initContainers ?? []), ...each.spec.template.spec.containers].map(
            ({ args, command }) => (args ?? command ?? []).join(' '),
          ),
    );
    assert.equal(lines.length, 4);
    for (const line of lines) assertKnownFlags(line.replace(/^.*exec tcs-replay /, ''));
  });

  it('has a script for Slurm that a shell can read, with flags that the commands have', () => {
    const script = `${DEPLOY}slurm.sh`;
    const { status, stderr } = spawnSync('bash', ['-n', script], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const lines = readFileSync(script, 'utf8').replaceAll('\\\n', ' ').split('\n');
    const commands = lines.flatMap((line) => /^[^#]*\btcs-replay (.*)$/.exec(line)?.[1] ?? []);
    assert.equal(commands.length, 2);
    for (const command of commands) assertKnownFlags(command);
  });
});

function argsOf(object: KubernetesObject): string[] {
  if (object.kind === 'Service') return [];
  return object.spec.template.spec.containers.flatMap(({ args = [], command = [] }) => [...args, ...command]);
}

function assertKnownFlags(commandLine: string): void {
  const [name = ''] = commandLine.split(' ');
  const command = COMMANDS.get(name) as Command;
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const flags = [...commandLine.matchAll(/(?<=\s)(--?[a-z][\w-]*)/g)].map(([, flag]) => flag);
  assert.ok(flags.length > 0, commandLine);
  for (const flag of flags) assert.ok(known.includes(flag), `${name} has no ${flag}`);
}
