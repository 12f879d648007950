import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import { loadCourse } from '../model/load.js';
import { Conditions } from './conditions.js';
import { SearchView } from './search-view.js';
import { Stages } from './stages.js';
import { SubscriberTable } from './subscriber-table.js';

/** A load test: the verdict, once there is one; its stages or its search; its subscribers; what is expected of them. */
export function LoadView(): JSX.Element {
  const course = loadCourse.value;
  return (
    <>
      {course?.verdict == null ? null : <Verdict verdict={course.verdict} />}
      {course === undefined ? null : (
        <div class="load-panes">
          {course.search === null ? <Stages stages={course.stages} /> : <SearchView search={course.search} />}
          <Conditions conditions={course.conditions} omitted={course.omittedConditions} />
        </div>
      )}
      <SubscriberTable />
      {course === undefined || course.notices.length === 0 ? null : <Notices notices={course.notices} />}
    </>
  );
}

type Course = NonNullable<typeof loadCourse.value>;

function Verdict({ verdict }: { readonly verdict: NonNullable<Course['verdict']> }): JSX.Element {
  return (
    <section class={`verdict ${verdict.verdict}`} aria-labelledby="verdict-title" role="status">
      <h2 id="verdict-title">{verdict.title}</h2>
      <p>{verdict.headline}</p>
      {verdict.findings.map((finding) => (
        <p key={finding}>
          <b>{text.name(finding)}</b>
        </p>
      ))}
      <ul>
        {verdict.reasons.map((reason) => (
          <li key={reason}>{text.name(reason)}</li>
        ))}
      </ul>
    </section>
  );
}

function Notices({ notices }: { readonly notices: readonly string[] }): JSX.Element {
  return (
    <section aria-labelledby="notices-title">
      <header>
        <h2 id="notices-title">Latest notices</h2>
      </header>
      <ul class="notices">
        {notices.map((notice, i) => (
          <li key={`${i} ${notice}`}>{text.name(notice)}</li>
        ))}
      </ul>
    </section>
  );
}
