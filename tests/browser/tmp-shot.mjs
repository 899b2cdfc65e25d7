import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';
import { answered } from './lib/actions.mjs';
const server = await servePage();
for (const [n, v, c] of [['w', {width:1280,height:1500}, 'light'], ['p', {width:390,height:1900}, 'light'], ['d', {width:1280,height:1500}, 'dark'], ['s', {width:320,height:1900}, 'light']]) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport: v, colorScheme: c });
  await answered(tab); 
  await tab.page.getByTestId('tune').click();
  await tab.page.getByTestId('diversity').fill('40');
  await tab.page.getByTestId('details-button').first().click();
  await tab.page.getByTestId('recommendation').nth(3).getByRole('button', {name: /seen/i}).click();
  await tab.page.getByTestId('copy-link').click();
  await tab.page.waitForTimeout(600);
  await tab.page.screenshot({ path: `/tmp/shot-${n}.png` });
  console.log(n, tab.page.url().length, JSON.stringify(tab.problems()), await tab.page.evaluate(() => document.documentElement.scrollWidth));
  await tab.close();
}
await server.close();
