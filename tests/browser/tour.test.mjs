// The guided tour: every step points at something that is there, and what it asks for can be done; by mouse and by keyboard,
// on a phone and with a screen reader's rules; it can be left at any time, and a link opens it at its step.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

const N_STEPS = 9;
const step = (tab, n) => tab.page.getByTestId('tour').filter({ hasText: `Step ${n} of ${N_STEPS}` }).waitFor();
/** The part that the tour points at, once it does. */
const pointedAt = async (tab) => {
  const part = tab.page.locator('[data-toured]');
  await part.waitFor();
  return part;
};
const hasFocus = (tab, testid) => tab.page.waitForFunction((id) => document.activeElement?.dataset.testid === id, testid);

for (const [name, viewport, colorScheme] of [['wide', { width: 1280, height: 800 }, 'light'], ['phone', { width: 390, height: 844 }, 'dark']]) {
  test(`each step points at something and is done when it is done there, ${name}`, async () => {
    const tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport, colorScheme, reducedMotion: 'reduce' });
    const { page } = tab;
    try {
      await answered(tab);
      await page.getByTestId('tour-start').click();
      for (let n = 1; n <= N_STEPS; n++) {
        await step(tab, n);
        const part = await pointedAt(tab);
        assert.ok(await part.isVisible(), `step ${n} points at something that can be seen`);
        assert.equal(await page.locator('.tour-done').textContent(), '', `step ${n} has yet to be done`);
        await page.getByTestId('tour-do').click();
        await page.locator('.tour-done').filter({ hasText: 'Done' }).waitFor();
        if (n % 3 === 1) assert.deepEqual(await violations(tab), [], `step ${n}`);
        await page.getByTestId('tour-next').click();
      }
      await page.getByTestId('tour').waitFor({ state: 'hidden' });
      assert.equal(await page.locator('[data-toured]').count(), 0);
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}

test('by keyboard alone, left with Escape, and the focus goes back to where it came from', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, reducedMotion: 'reduce' });
  const { page } = tab;
  try {
    await answered(tab);
    await page.getByTestId('tour-start').focus();
    await page.keyboard.press('Enter');
    await step(tab, 1);
    await hasFocus(tab, 'tour');
    await page.getByTestId('tour-next').focus();
    await page.keyboard.press('Enter');
    await step(tab, 2);
    await hasFocus(tab, 'tour');
    // "Take me there", then the task itself.
    await page.getByTestId('tour-there').focus();
    await page.keyboard.press('Enter');
    await hasFocus(tab, 'details-button');
    await page.keyboard.press('Enter');
    await page.locator('.tour-done').filter({ hasText: 'Done' }).waitFor();
    await page.getByTestId('details').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('tour').waitFor({ state: 'hidden' });
    await hasFocus(tab, 'tour-start');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('a link opens the tour at its step', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  try {
    await answered(tab);
    await tab.page.getByTestId('tour-start').click();
    for (const n of [1, 2, 3]) {
      await step(tab, n);
      await tab.page.getByTestId('tour-next').click();
    }
    await step(tab, 4);
    await tab.page.waitForFunction(() => location.hash.length > 1);
    await tab.page.waitForTimeout(600);
    const address = tab.page.url();
    await tab.page.goto('about:blank');
    await tab.page.goto(address);
    await answered(tab);
    await step(tab, 4);
  } finally {
    await tab.close();
  }
});
