// One Chromium, one page, and a record of everything that page says and asks for.
//
//   const server = await servePage();
//   const tab = await openPage({ url: `${server.url}/`, webgpu: 'software' });
//   await tab.page.getByTestId('search').fill('matrix');     // Playwright's Page
//   const loaded = tab.mark();
//   ... more clicks ...
//   assert.deepEqual(tab.requestsSince(loaded), []);
//   assert.deepEqual(tab.problems(), []);
//   await tab.screenshot('search');                           // target/screenshots/search.png
//   await tab.close();
//   await server.close();
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { ROOT } from './server.mjs';

const SCREENSHOTS = path.join(ROOT, 'target/screenshots');

// Nothing of the browser's own may reach the network, or count as a request.
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

// What the page loads after its first answer ends like this where a test leaves the page meanwhile, which is no fault.
const LEFT = (failure) => failure.status === 'net::ERR_ABORTED' && /\/(second|explorer)-[0-9a-f]{16}\./.test(failure.url);

// A test that waits for what never comes fails, instead of holding up all others: Playwright limits every wait of its own,
// but not what a page is asked to evaluate. Much longer than any test takes on a slow machine.
const MOST_MINUTES = 6;

// What Playwright turns off so that pages in the background are as fast as others.
const UNTHROTTLED = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** How a browser may stand to WebGPU; tests should hold in each. */
const WEBGPU = {
  /** WebGPU on a software adapter, so that it is the same on every machine. */
  software: { args: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] },
  /** `navigator.gpu` is there, but finds no adapter: a blocklisted GPU, a virtual machine. */
  'no-adapter': {
    init: () => {
      if (globalThis.GPU) GPU.prototype.requestAdapter = async () => null;
    },
    args: ['--enable-unsafe-webgpu'],
  },
  /** There is no `navigator.gpu`: an older browser. */
  absent: {
    init: () => {
      delete Navigator.prototype.gpu;
      delete globalThis.GPU;
    },
    args: [],
  },
};

/**
 * Start Chromium with a fresh profile and open a page in it.
 *
 * @param {object} options
 * @param {string} [options.url] opened at once, if given; otherwise use `tab.page.goto`
 * @param {'software' | 'no-adapter' | 'absent'} [options.webgpu]
 * @param {{ width: number, height: number }} [options.viewport]
 * @param {'light' | 'dark'} [options.colorScheme]
 * @param {'reduce' | 'no-preference'} [options.reducedMotion]
 * @param {boolean} [options.touch] a phone's touch screen instead of a mouse
 * @param {boolean} [options.throttled] hold pages in the background back, as the browser does by itself
 * @param {boolean} [options.offline] let the page keep itself on the device; otherwise no service worker can start, so
 *   that each test has the files it serves
 * @param {string[]} [options.args] more of Chromium's switches
 * @param {(() => void) | { fn: Function, arg: unknown }} [options.init] runs in the page before any of its own scripts
 */
export async function openPage({
  url,
  webgpu = 'software',
  viewport = { width: 1280, height: 800 },
  colorScheme = 'light',
  reducedMotion = 'no-preference',
  touch = false,
  throttled = false,
  offline = false,
  args = [],
  init,
} = {}) {
  const gpu = WEBGPU[webgpu];
  if (!gpu) throw new Error(`webgpu is '${webgpu}', but must be one of ${Object.keys(WEBGPU).join(', ')}`);
  const executablePath = process.env.CHROMIUM;
  if (!executablePath) throw new Error('CHROMIUM names no browser: run `make test`, or CHROMIUM=/path/to/chromium node --test ...');

  const ignoreDefaultArgs = throttled ? UNTHROTTLED : [];
  const browser = await chromium.launch({ executablePath, headless: true, args: [...QUIET, ...gpu.args, ...args], ignoreDefaultArgs });
  try {
    const serviceWorkers = offline ? 'allow' : 'block';
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion, serviceWorkers, hasTouch: touch, isMobile: touch });
    if (gpu.init) await context.addInitScript(gpu.init);
    if (init) await (typeof init === 'function' ? context.addInitScript(init) : context.addInitScript(init.fn, init.arg));
    const page = await context.newPage();
    const tab = new Tab(browser, context, page);
    if (url) await page.goto(url);
    return tab;
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** An open page. `page`, `context` and `browser` are Playwright's; times are milliseconds since the page was opened. */
class Tab {
  #began = performance.now();
  #limit;

  constructor(browser, context, page) {
    this.browser = browser;
    this.context = context;
    this.page = page;
    /** @type {{ type: string, text: string, time: number }[]} everything written to the console */
    this.console = [];
    /** @type {{ message: string, time: number }[]} exceptions that nobody caught */
    this.errors = [];
    /** @type {{ method: string, url: string, type: string, time: number }[]} requests, web sockets included */
    this.requests = [];
    /** @type {{ url: string, status: number | string, time: number }[]} requests that failed or were answered with an error */
    this.failures = [];

    context.on('console', (m) => this.console.push({ type: m.type(), text: m.text(), time: this.#now() }));
    context.on('weberror', (e) => this.errors.push({ message: String(e.error()?.stack ?? e.error()), time: this.#now() }));
    context.on('request', (r) => this.requests.push({ method: r.method(), url: r.url(), type: r.resourceType(), time: this.#now() }));
    context.on('requestfailed', (r) => this.failures.push({ url: r.url(), status: r.failure()?.errorText ?? 'failed', time: this.#now() }));
    context.on('response', (r) => {
      if (r.status() >= 400) this.failures.push({ url: r.url(), status: r.status(), time: this.#now() });
    });
    page.on('websocket', (s) => this.requests.push({ method: 'GET', url: s.url(), type: 'websocket', time: this.#now() }));
    this.#limit = setTimeout(() => {
      console.error(`a page was open for ${MOST_MINUTES} minutes, so something in it never came; its browser is closed`);
      browser.close().catch(() => {});
    }, MOST_MINUTES * 60_000).unref();
    page.on('crash', () => this.errors.push({ message: 'the page crashed', time: this.#now() }));
  }

  #now() {
    return performance.now() - this.#began;
  }

  /** A point in time, for `requestsSince`. */
  mark() {
    return this.#now();
  }

  /** Requests after `mark`, without `data:` and `blob:` ones, which never leave the page. */
  requestsSince(mark) {
    return this.requests.filter((r) => r.time > mark && !/^(data|blob):/.test(r.url));
  }

  /** What went wrong, in words: uncaught exceptions, errors in the console, failed requests. Empty when all is well. */
  problems() {
    return [
      ...this.errors.map((e) => `uncaught: ${e.message}`),
      ...this.console.filter((m) => m.type === 'error').map((m) => `console: ${m.text}`),
      ...this.failures.filter((f) => !LEFT(f)).map((f) => `request: ${f.status} ${f.url}`),
    ];
  }

  /** Keep a picture of the page as `target/screenshots/NAME.png`; returns its path. */
  async screenshot(name, options = {}) {
    await mkdir(SCREENSHOTS, { recursive: true });
    const file = path.join(SCREENSHOTS, `${name}.png`);
    await this.page.screenshot({ path: file, ...options });
    return file;
  }

  /** End the browser; its profile is deleted with it. */
  async close() {
    clearTimeout(this.#limit);
    await this.browser.close();
  }
}
