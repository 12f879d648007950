import { effect } from '@preact/signals';
import { render } from 'preact';
import { link } from './connection/link.js';
import { openSession, RefusedError } from './connection/session.js';
import { followFaults } from './model/faults.js';
import { followPayload } from './model/last-payload.js';
import { followLoop } from './model/loop.js';
import { followNight, readNight, refusal } from './model/night.js';
import { followTitle } from './model/page-title.js';
import { followPlots } from './model/plots.js';
import { followRun, readHistory } from './model/run-history.js';
import { followStanding } from './model/standing.js';
import { followStrip } from './model/strip.js';
import { followTopicRows } from './model/topic-rows.js';
import { followWants } from './model/wants.js';
import { followPlayhead } from './model/window.js';
import { Page } from './page.js';
import { followTheme } from './theme.js';
import { listenToKeys } from './transport/page-keys.js';

followTheme();
followStanding();
followFaults();
followNight();
followTitle();
followTopicRows();
followPayload();
followPlots();
followRun();
followStrip();
followLoop();
followWants();
effect(followPlayhead);
listenToKeys();
render(<Page />, document.body);

link.onOpen = () => {
  void readNight();
  void readHistory();
};

void start();

async function start(): Promise<void> {
  try {
    await openSession();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    refusal.value = error.refusal;
    return;
  }
  await readNight();
  if (refusal.value === undefined) link.open();
}
