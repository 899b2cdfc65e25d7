// A page in the background, as a visitor's is who has gone to another tab: hidden, without animation frames, with timers
// that are held back. Playwright keeps every page that it knows of visible, so this one is driven past it, with the
// browser's own protocol, in a browser context that Playwright does not know.

/**
 * Open a page that can be hidden. `tab` comes from `openPage({ throttled: true })` and lends its browser.
 *
 * @param {object} tab
 * @param {{ init?: Function, isHidden?: boolean }} [options] `init` runs before any script of the page;
 *   `isHidden` has it in the background from the start
 */
export async function openBackground(tab, url, { init, isHidden = false } = {}) {
  const browser = await tab.browser.newBrowserCDPSession();
  const { browserContextId } = await browser.send('Target.createBrowserContext');
  const problems = [];
  const attach = async (targetId) => {
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: false });
    const waiting = new Map();
    let nSent = 0;
    browser.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const { id, method, params, result, error } = JSON.parse(event.message);
      if (id) waiting.get(id)(error ? Promise.reject(new Error(error.message)) : result);
      if (method === 'Runtime.exceptionThrown') problems.push(`uncaught: ${params.exceptionDetails.exception?.description}`);
      if (method === 'Runtime.consoleAPICalled' && params.type === 'error') problems.push(`console: ${params.args.map((arg) => arg.value).join(' ')}`);
    });
    return (method, params = {}) =>
      new Promise((resolve, reject) => {
        nSent += 1;
        waiting.set(nSent, resolve);
        const message = JSON.stringify({ id: nSent, method, params });
        browser.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
      });
  };
  const open = async () => (await browser.send('Target.createTarget', { url: 'about:blank', browserContextId })).targetId;

  const targetId = await open();
  const send = await attach(targetId);
  await send('Runtime.enable');
  await send('Page.enable');
  if (init) await send('Page.addScriptToEvaluateOnNewDocument', { source: `(${init})()` });
  const page = {
    problems: () => problems,
    /** Run a function in the page; it may be async, and its answer must be JSON. */
    async evaluate(work, ...args) {
      const expression = `(${work})(...${JSON.stringify(args)})`;
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    /** Wait until a function of the page says something true. */
    async waitFor(condition, ...args) {
      const until = Date.now() + 20_000;
      while (Date.now() < until) {
        if (await page.evaluate(condition, ...args)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`in vain: ${condition}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
    },
    /** Go to another tab of the same window. */
    async hide() {
      await open();
      await page.waitFor(() => document.visibilityState === 'hidden');
    },
    /** Come back. */
    async show() {
      await browser.send('Target.activateTarget', { targetId });
      await page.waitFor(() => document.visibilityState === 'visible');
    },
    freeze: () => send('Page.setWebLifecycleState', { state: 'frozen' }),
    thaw: () => send('Page.setWebLifecycleState', { state: 'active' }),
  };
  if (isHidden) await page.hide();
  await send('Page.navigate', { url });
  await page.waitFor(() => document.querySelectorAll('[data-testid=recommendation]').length === 10);
  return page;
}
