// Everything by keyboard alone, with a focus that can be seen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, ids, reranked } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

/** Press Tab until the focused element fits; fails after 80 presses. */
async function tabTo(page, fits, what) {
  for (let press = 0; press < 80; press += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(fits)) return;
  }
  assert.fail(`no way to ${what} with Tab`);
}

test('search, like, dislike, remove and reset without a mouse', async () => {
  const tab = await openPage({ url: `${server.url}/` });
  try {
    const { page } = tab;
    await answered(tab);

    await tabTo(page, () => document.activeElement?.dataset.testid === 'search', 'the search');
    await page.keyboard.type('princess bride');
    await page.getByTestId('search-result').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await reranked(tab, () => page.keyboard.press('Enter'));
    assert.match(await page.getByTestId('shelf').textContent(), /The Princess Bride/);

    await page.keyboard.type('alien');
    await page.getByTestId('search-result').first().waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.getByTestId('search-result').count(), 0, 'Escape closes the suggestions');

    const visible = await page.evaluate(() => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
    });
    assert.ok(visible, 'the focus can be seen');

    await tabTo(
      page,
      () =>
        document.activeElement?.closest('[data-testid=recommendation]') &&
        /not for me/i.test(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent),
      '“not for me” of a recommendation',
    );
    const first = (await ids(tab))[0];
    await reranked(tab, () => page.keyboard.press('Enter'));
    assert.ok(!(await ids(tab)).includes(first));
    assert.ok(await page.evaluate(() => document.activeElement !== document.body), 'the focus is not lost with the row');

    await page.getByTestId('reset').focus();
    await reranked(tab, () => page.keyboard.press('Enter'));
    assert.equal(await page.getByTestId('shelf-item').count(), 0);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('new results are announced to screen readers', async () => {
  const tab = await openPage({ url: `${server.url}/` });
  try {
    await answered(tab);
    const live = tab.page.locator('[aria-live=polite], [role=status]');
    assert.ok((await live.count()) > 0, 'there is a live region');
  } finally {
    await tab.close();
  }
});
