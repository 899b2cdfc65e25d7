import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';
import { answered } from './lib/actions.mjs';
const server = await servePage();
for (const [n, v, c] of [['w', {width:1280,height:1600}, 'light'], ['p', {width:390,height:1800}, 'light']]) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport: v, colorScheme: c });
  await answered(tab); await tab.page.waitForTimeout(600);
  await tab.page.screenshot({ path: `/tmp/shot-${n}.png` });
  await tab.close();
}
await server.close();
