import type { ClientKeyOptions } from '../../zmq/curve/client-keys.js';
import type { Flag } from './flag.js';

/** The keys with which a command connects to an encrypting peer. */
export const CLIENT_KEY_FLAGS = [
  {
    option: 'curveServer',
    flags: '--curve-server <file>',
    help: 'public key file of the other side, if it encrypts',
  },
  {
    option: 'curveKeys',
    flags: '--curve-keys <file>',
    help: 'own secret key file, if the other side asks for it (default: new keys)',
  },
] as const satisfies readonly Flag<keyof ClientKeyOptions>[];
