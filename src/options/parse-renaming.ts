import { type RenamingRule, TopicRenaming } from '../selection/topic-renaming.js';
import { badOption, type NameOf } from '../shared/expect.js';

interface RenamingOptions {
  readonly prefix: string | undefined;
  readonly rename: readonly string[];
}

/**
 * Under which names topics are sent.
 *
 * @returns undefined: under their own
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseRenaming(
  { prefix, rename }: RenamingOptions,
  nameOf: NameOf<keyof RenamingOptions>,
): TopicRenaming | undefined {
  if (prefix === undefined && rename.length === 0) return undefined;
  return new TopicRenaming(
    rename.map((text) => parseRule(text, nameOf('rename'))),
    prefix,
  );
}

function parseRule(text: string, name: string): RenamingRule {
  const at = text.indexOf('=');
  const [from, to] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  const refuse = (why = '') =>
    badOption(name, 'a topic and its new name, such as tracker.*=replay.*', text, why);
  if (from === '' || to === '') throw refuse();
  if (text.includes('?')) throw refuse('; a ? cannot be told from a character of a topic: use *');
  if (starsIn(to) > starsIn(from))
    throw refuse(`; ${to} has more * than ${from}, and each stands for the text of one there`);
  return { from, to };
}

function starsIn(topic: string): number {
  return topic.split('*').length - 1;
}
