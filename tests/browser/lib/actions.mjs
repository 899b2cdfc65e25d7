// What a visitor does, in the words of the tests. All of it goes through the page's hooks (`data-testid`).

/** Wait until the page has answered: ten recommendations and a latency. */
export async function answered(tab) {
  await tab.page.getByTestId('recommendation').nth(9).waitFor({ timeout: 30_000 });
  await tab.page.waitForFunction(() => /\d/.test(document.querySelector('[data-testid=latency]')?.textContent ?? ''));
}

/** Wait until the page has all that it will ever ask for: what comes after the first answer, too. */
export async function loaded(tab) {
  await answered(tab);
  await tab.page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => /\/explorer-[^/]*$/.test(name)));
}

/** The recommendations on screen: `[{ id, score }]`, best first. */
export async function recommendations(tab) {
  return tab.page.getByTestId('recommendation').evaluateAll((rows) =>
    rows.map((row) => ({ id: row.dataset.itemId, score: Number(row.dataset.score) })),
  );
}

/** Ids of the recommendations on screen, best first. */
export async function ids(tab) {
  return (await recommendations(tab)).map((row) => row.id);
}

/** Do something and wait until the list of recommendations is another one. */
export async function reranked(tab, doIt) {
  const before = JSON.stringify(await recommendations(tab));
  await doIt();
  await tab.page.waitForFunction(
    (before) => {
      const rows = [...document.querySelectorAll('[data-testid=recommendation]')];
      const now = rows.map((row) => ({ id: row.dataset.itemId, score: Number(row.dataset.score) }));
      return rows.length > 0 && JSON.stringify(now) !== before;
    },
    before,
    { timeout: 10_000 },
  );
}

/** Type into the search as a person does, and wait for suggestions. */
export async function searchFor(tab, text) {
  const search = tab.page.getByTestId('search');
  await search.fill('');
  await search.pressSequentially(text);
  await tab.page.getByTestId('search-result').first().waitFor();
}

/** Search for a film and like the first suggestion. */
export async function like(tab, text) {
  await searchFor(tab, text);
  await reranked(tab, () => tab.page.getByTestId('search').press('Enter'));
}

/** Empty the shelf. */
export async function reset(tab) {
  await reranked(tab, () => tab.page.getByTestId('reset').click());
}
