import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';
import { answered } from './lib/actions.mjs';
import fs from 'node:fs';
const server = await servePage();
const csv = 'Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors\n' +
 ['The Matrix|1999|9','Heat|1995|8','Batman & Robin|1997|2','The Godfathr|1972|10','Hamlet||7','Unknown Film Of Mine|2014|6','Amélie|2001|8','<img src=x onerror=alert(1)>|2001|3'].map((l,i)=>{const [t,y,r]=l.split('|');return `tt00${i},${r},2020-01-01,"${t}","${t}",u,Movie,7,100,${y},Drama,100,2000-01-01,X`}).join('\n');
fs.writeFileSync('/tmp/imdb.csv', csv);
for (const [n, v, c] of [['iw', {width:1280,height:1000}, 'light'], ['ip', {width:390,height:1000}, 'dark']]) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport: v, colorScheme: c });
  await answered(tab); 
  await tab.page.getByTestId('import').click();
  await tab.page.waitForTimeout(300);
  await tab.page.screenshot({ path: `/tmp/shot-${n}1.png` });
  await tab.page.getByTestId('import-file').setInputFiles('/tmp/imdb.csv');
  await tab.page.getByTestId('import-report').waitFor();
  await tab.page.locator('[data-testid=import-unmatched] summary').click();
  await tab.page.locator('[data-testid=import-unmatched] li button').first().click();
  await tab.page.waitForTimeout(300);
  await tab.page.screenshot({ path: `/tmp/shot-${n}2.png` });
  await tab.page.getByTestId('import-add').click();
  await tab.page.waitForTimeout(400);
  await tab.page.screenshot({ path: `/tmp/shot-${n}3.png` });
  console.log(n, tab.page.url().length, JSON.stringify(tab.problems()));
  await tab.close();
}
await server.close();
