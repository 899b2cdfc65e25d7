import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';
import { answered } from './lib/actions.mjs';
import fs from 'node:fs';
const axe = fs.readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const server = await servePage();
for (const [v, c] of [[{width:1280,height:1000}, 'light'], [{width:320,height:800}, 'dark']]) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport: v, colorScheme: c });
  await answered(tab);
  const check = async (what) => {
    await tab.page.evaluate(axe);
    const r = await tab.page.evaluate(() => axe.run(document, { runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] }));
    console.log(what, v.width, r.violations.map(x => `${x.id}: ${x.nodes.length} ${x.nodes.slice(0,2).map(n=>n.html.slice(0,160)+' '+n.failureSummary.slice(0,200)).join(' | ')}`));
  };
  await check('open');
  await tab.page.getByTestId('tune').click();
  await tab.page.getByTestId('details-button').first().click();
  await check('controls+details');
  await tab.page.getByTestId('search').fill('matr'); await tab.page.getByTestId('search-result').first().waitFor(); await check('search');
  await tab.page.getByTestId('search').press('Escape');
  await tab.page.getByTestId('import').click(); await tab.page.waitForTimeout(200); await check('dialog');
  await tab.page.getByTestId('import-file').setInputFiles('/tmp/imdb.csv');
  await tab.page.getByTestId('import-report').waitFor();
  await tab.page.locator('[data-testid=import-unmatched] summary').click();
  await tab.page.locator('[data-testid=import-unmatched] li button').first().click();
  await check('report');
  await tab.close();
}
await server.close();
