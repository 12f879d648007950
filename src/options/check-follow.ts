import { badOption, type NameOf, needs, notTogether } from '../shared/expect.js';
import type { OptionValues } from './option-table.js';

type FollowOption =
  | 'follow'
  | 'followForS'
  | 'databases'
  | 'sortBy'
  | 'loop'
  | 'serveForever'
  | 'prepare'
  | 'end';

/**
 * Refuses options that need the end of a database which is being written.
 *
 * @throws TcsReplayError `BAD_OPTION`: which option, and why
 */
export function checkFollow(values: Pick<OptionValues, FollowOption>, nameOf: NameOf<FollowOption>): void {
  const follow = nameOf('follow');
  if (!values.follow) {
    if (values.followForS === Number.POSITIVE_INFINITY) return;
    throw needs(nameOf('followForS'), follow, 'without it a replay ends with its databases');
  }
  if (values.databases.length === 0)
    throw needs(follow, 'a database', 'mock events are not written anywhere');
  if (values.sortBy !== 'none')
    throw notTogether(
      follow,
      `${nameOf('sortBy')} ${values.sortBy}`,
      'what is still to be written cannot be sorted: events have the order of the table',
    );
  if (values.serveForever) throw notTogether(follow, nameOf('serveForever'), NO_END);
  if (values.loop > 1) throw notTogether(follow, `${nameOf('loop')} ${values.loop}`, NO_END);
  if (values.prepare)
    throw notTogether(
      follow,
      nameOf('prepare'),
      'a prepared file holds a database that does not change any more',
    );
  if (typeof values.end === 'string' && /^\s*-/.test(values.end))
    throw badOption(
      nameOf('end'),
      `a time, or a distance from the first event such as +90m, with ${follow}`,
      values.end,
      ': the last event is not there yet',
    );
}

const NO_END = 'a database that is being written has no end after which to begin again';
