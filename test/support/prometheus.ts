import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort, RunningProgram } from './peer.js';
import { temporaryFolder } from './temporary-folder.js';
import { until } from './until.js';

/**
 * For node:test's `skip`: false where Prometheus is installed, or else why the test is skipped.
 *
 * @throws Error on CI, where such a test must not be skipped silently
 */
export function skipWithoutPrometheus(): string | false {
  const isThere = ['prometheus', 'promtool'].every(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  if (isThere) return false;
  const reason = 'there is no Prometheus (Debian: apt-get install prometheus)';
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

/** Between two scrapes. It is also the longest that one may take, which a busy machine needs. */
const INTERVAL = '2s';

/** A value of a query, with its labels. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Unix seconds. */
  readonly atS: number;
}

/** A real Prometheus, whose data lasts as long as the test. */
export class Prometheus {
  private readonly _url: string;

  private constructor(url: string) {
    this._url = url;
  }

  /** Starts one that scrapes addresses again and again, and waits until it answers. @param jobs addresses by the names of their jobs */
  static async start(context: TestContext, jobs: Readonly<Record<string, string>>): Promise<Prometheus> {
    const folder = temporaryFolder(context);
    const port = await freePort();
    const config = join(folder, 'prometheus.json');
    const scrape_configs = Object.entries(jobs).map(([job_name, target]) => ({
      ...{
        job_name,
        scrape_interval: INTERVAL,
        scrape_timeout: INTERVAL,
        static_configs: [{ targets: [target] }],
      },
    }));
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ scrape_configs }));
    const program = new RunningProgram('prometheus', [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--log.level=warn'],
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    context.after(() => program.end());
    const url = `http://127.0.0.1:${port}`;
    await until(
      () =>
        fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (isReady) => isReady,
    );
    return new Prometheus(url);
  }

  /** Asks one query. @param atS Unix seconds; default: now @throws Error of a query that Prometheus does not take */
  async ask(query: string, atS?: number): Promise<Answer[]> {
    const parameters = new URLSearchParams({ query, ...(atS === undefined ? {} : { time: String(atS) }) });
    const response = await fetch(`${this._url}/api/v1/query?${parameters}`);
    const { status, error, data } = (await response.json()) as {
      status: string;
      error?: string;
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (status !== 'success') throw new Error(`${query}: ${error}`);
    return data.result.map(({ metric, value: [time, value] }) => ({
      ...{ labels: metric, value: Number(value.replace('+Inf', 'Infinity')), atS: time },
    }));
  }

  /** Asks again and again until the answer has one value, which is right. */
  async untilOne(query: string, isRight: (value: number) => boolean = () => true): Promise<Answer> {
    const [answer] = await until(
      () => this.ask(query),
      (answers) => answers.length === 1 && isRight((answers[0] as Answer).value),
    );
    return answer as Answer;
  }
}
