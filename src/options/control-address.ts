import * as expect from '../shared/expect.js';

/** The address that `tcs-replay ctl` connects to by default. */
export const DEFAULT_CONTROL_URL = 'tcp://127.0.0.1:5557';

const LOOPBACK = /^tcp:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):(?:\d+|\*)$/;
const THIS_MACHINE = /^ipc:\/\/./;
const OTHER_HOSTS = /^tcp:\/\/./;

/** Whether only programs on this machine reach an address. */
export function isOfThisMachine(address: string): boolean {
  return LOOPBACK.test(address) || THIS_MACHINE.test(address);
}

/** The options of the control socket. */
interface ControlOptions {
  readonly control?: string;
  readonly controlAnyHost?: boolean;
}

/**
 * The address of the control socket. Every process that reaches it can control the replay, so only this machine may
 * reach it, unless `controlAnyHost` allows other hosts.
 *
 * @param nameOf what the user calls an option
 * @throws TcsReplayError `BAD_OPTION`
 */
export function checkControl(
  { control, controlAnyHost = false }: ControlOptions,
  nameOf: expect.NameOf<keyof ControlOptions> = (option) => option,
): string | undefined {
  if (control === undefined) {
    if (!controlAnyHost) return undefined;
    throw expect.needs(nameOf('controlAnyHost'), nameOf('control'), 'it says which hosts reach that address');
  }
  if (typeof control === 'string') {
    if (isOfThisMachine(control)) return control;
    if (OTHER_HOSTS.test(control)) {
      if (controlAnyHost) return control;
      throw expect.badOption(
        nameOf('control'),
        `an address that only this machine reaches, such as ${DEFAULT_CONTROL_URL}`,
        control,
        `; whoever reaches it drives the replay: ${nameOf('controlAnyHost')} allows other hosts to`,
      );
    }
  }
  throw expect.badOption(
    nameOf('control'),
    `an address like ${DEFAULT_CONTROL_URL} or ipc:///tmp/control`,
    control,
  );
}
