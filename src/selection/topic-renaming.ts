/** The text that stands for any text in both names of a rule. */
const STAR = '*';

/** A rule: topics that fit `from` are sent as `to`. */
export interface RenamingRule {
  /** A name, or a pattern in which `*` is any text. */
  readonly from: string;
  /** A name. Its first `*` is what the first `*` of `from` stood for, and so on; it has at most as many. */
  readonly to: string;
}

/** A rule, cut at its stars. */
interface CutRule {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Under which names topics are sent. */
export class TopicRenaming {
  /** The rules, as they were given. */
  readonly rules: readonly RenamingRule[];
  private readonly _cut: readonly CutRule[];
  private readonly _prefix: string;

  /** @param prefix stands before every topic that is sent. Default: nothing */
  constructor(rules: readonly RenamingRule[], prefix = '') {
    this.rules = rules;
    this._cut = rules.map(({ from, to }) => ({ from: from.split(STAR), to: to.split(STAR) }));
    this._prefix = prefix;
  }

  /** The name that a recorded topic is sent as: by the first rule that it fits, with the prefix before it. */
  sentAs(topic: string): string {
    for (const { from, to } of this._cut) {
      const found = textsOfStars(from, topic);
      if (found !== undefined)
        return this._prefix + to.map((part, i) => part + (to[i + 1] === undefined ? '' : found[i])).join('');
    }
    return this._prefix + topic;
  }
}

/**
 * What the stars of a pattern stand for in a topic. Each but the last stands for as little as possible.
 *
 * @param parts the pattern, cut at its stars
 * @returns undefined where the topic does not fit
 */
function textsOfStars(parts: readonly string[], topic: string): string[] | undefined {
  const [first] = parts;
  if (parts.length === 1) return topic === first ? [] : undefined;
  const last = parts[parts.length - 1];
  const end = topic.length - last.length;
  if (end < first.length || !topic.startsWith(first) || !topic.endsWith(last)) return undefined;
  const found: string[] = [];
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const next = topic.indexOf(part, at);
    if (next === -1 || next + part.length > end) return undefined;
    found.push(topic.slice(at, next));
    at = next + part.length;
  }
  return [...found, topic.slice(at, end)];
}
