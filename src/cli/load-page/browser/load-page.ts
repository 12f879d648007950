/** The script of the load test's page: it draws the charts, and lets subscribers be found and picked. */
import { ChartLegend } from './chart-legend.js';
import { PageCharts } from './page-charts.js';
import { PageChoice } from './page-choice.js';
import { byId, pageData } from './page-data.js';
import { offerJson } from './report-json.js';
import { filterField, SubscriberRows } from './subscriber-rows.js';

const data = pageData();
const choice = new PageChoice(data.view);
const section = byId('subscribers');
const hasMany = data.view.order.length > 2;
if (hasMany) {
  section.querySelector('.scroll')?.before(filterField(choice));
  byId('legend').append(filterField(choice));
}
new SubscriberRows(section, data, choice);
const legend = new ChartLegend(byId('legend'), data, choice);
new PageCharts(data, choice, (atS) => legend.show(atS));
offerJson(byId('json'), data.report);
