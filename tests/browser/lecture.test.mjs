// For lecturers: `?hide=` takes parts off the page and names those it does not know, large letters, and a handout that
// holds what there is to read and nothing that can only be pressed. And the text that stands there without any program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

const PARTS = {
  header: '.tagline',
  shelf: '[data-testid=shelf]',
  list: '[data-testid=recommendations]',
  hypergraph: '[data-testid=hypergraph]',
  explore: '[data-testid=explore]',
  results: '.about-model',
  text: '#how',
  tour: '[data-testid=tour-start]',
};

async function opened(query, options = {}) {
  // A row that fades in has no contrast yet.
  const tab = await openPage({ url: `${server.url}/?engine=cpu${query}`, reducedMotion: 'reduce', ...options });
  await tab.page.getByTestId('recommendation').first().waitFor({ state: 'attached', timeout: 30_000 });
  return tab;
}

test('hide= hides exactly what it names', async () => {
  const hidden = ['header', 'shelf', 'results', 'text'];
  const tab = await opened(`&hide=${hidden.join(',')}`);
  try {
    for (const [name, selector] of Object.entries(PARTS)) {
      // The button of the tour stands in the header.
      const isHidden = hidden.includes(name) || name === 'tour';
      assert.equal(await tab.page.locator(selector).isVisible(), !isHidden, name);
    }
    assert.deepEqual(await violations(tab), []);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('a part that is not there is named, with those that are', async () => {
  const tab = await opened('&hide=footer');
  try {
    const notice = tab.page.getByTestId('notice').filter({ hasText: 'footer' });
    await notice.waitFor();
    const said = await notice.textContent();
    for (const name of Object.keys(PARTS)) assert.ok(said.includes(name), `${name} in: ${said}`);
  } finally {
    await tab.close();
  }
});

test('what is chosen on the page stands in its address, and a link opens it so', async () => {
  const tab = await opened('');
  const { page } = tab;
  try {
    const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
    const before = await size();
    await page.getByTestId('lecture').locator('summary').click();
    await page.getByTestId('part-explore').uncheck();
    await page.getByTestId('part-present').check();
    assert.equal(await page.locator(PARTS.explore).isVisible(), false);
    assert.ok((await size()) > before, 'letters are larger');
    assert.match(page.url(), /\?engine=cpu&hide=explore&present/);
    await page.reload();
    await answered(tab);
    assert.equal(await page.locator(PARTS.explore).isVisible(), false);
    await page.getByTestId('lecture').locator('summary').click();
    assert.equal(await page.getByTestId('part-explore').isChecked(), false);
    assert.equal(await page.getByTestId('part-present').isChecked(), true);
    await page.getByTestId('part-explore').check();
    await page.getByTestId('part-present').uncheck();
    assert.equal(await page.locator(PARTS.explore).isVisible(), true);
    assert.equal(await size(), before);
    assert.deepEqual(await violations(tab), []);
  } finally {
    await tab.close();
  }
});

test('the handout has the list, the drawing and the text, and no controls', async () => {
  const tab = await opened('');
  const { page } = tab;
  try {
    await answered(tab);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const selector of [PARTS.list, '.drawing', '#how', '.film-title', '.table']) {
      assert.ok(await page.locator(selector).first().isVisible(), `${selector} is on paper`);
    }
    for (const selector of ['[data-testid=search]', '[data-testid=tour-start]', '.opinions', '[data-testid=lecture]', '[role=tablist]']) {
      assert.equal(await page.locator(selector).first().isVisible(), false, `${selector} is not on paper`);
    }
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, 'rgb(255, 255, 255)', 'paper is white in dark mode, too');
    const bytes = await page.pdf({ format: 'A4' });
    const n_pages = bytes.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    assert.ok(n_pages >= 3 && n_pages <= 9, `${n_pages} pages`);
  } finally {
    await tab.close();
  }
});

test('the text with its equations stands there without a program', async () => {
  const tab = await openPage();
  try {
    await tab.page.route('**/*.js', (route) => route.abort());
    await tab.page.goto(`${server.url}/`);
    assert.ok(await tab.page.locator('#how').isVisible());
    const equations = tab.page.locator('#how math[display=block]');
    assert.ok((await equations.count()) >= 9, 'equations');
    for (const label of await equations.evaluateAll((all) => all.map((math) => math.getAttribute('aria-label')))) assert.ok(label?.length > 8);
  } finally {
    await tab.close();
  }
});
