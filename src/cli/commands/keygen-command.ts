import { Command } from 'commander';
import * as text from '../../shared/text.js';
import { print, printJson } from '../output.js';

interface Flags {
  readonly force?: boolean;
  readonly json?: boolean;
}

const DEFAULT_NAME = 'tcs-replay';

const EXAMPLES = `
Examples:
  tcs-replay keygen                              makes ${DEFAULT_NAME}.key and ${DEFAULT_NAME}.key_secret
  tcs-replay night.db --curve-keys ${DEFAULT_NAME}.key_secret
  tcs-replay listen --curve-server ${DEFAULT_NAME}.key`;

/** The command that makes keys for encrypted connections. */
export function keygenCommand(): Command {
  return new Command('keygen')
    .description('make a pair of CURVE keys, for encrypted connections')
    .argument('[name]', 'name or path of the files NAME.key, public, and NAME.key_secret', DEFAULT_NAME)
    .option('-f, --force', 'replace the files if they exist')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(makeKeys);
}

async function makeKeys(name: string, { force = false, json = false }: Flags): Promise<void> {
  const { generateCertificate } = await import('../../zmq/curve/generate-certificate.js');
  const files = generateCertificate(name, force);
  if (json) printJson(files);
  else {
    print(`${text.name(files.publicFile)}: to give to others`);
    print(`${text.name(files.secretFile)}: secret, to keep`);
  }
}
