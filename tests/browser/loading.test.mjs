// The page opens, with every kind of WebGPU there is: it answers a taste at once, says which engine answered and why,
// and asks the network for nothing afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, ids, like, loaded } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

const modes = [
  { webgpu: 'software', query: '', engine: /cpu/i, why: /software/i },
  { webgpu: 'software', query: '?engine=webgpu', engine: /webgpu/i, why: /./ },
  { webgpu: 'software', query: '?engine=cpu', engine: /cpu/i, why: /engine=cpu|asked/i },
  { webgpu: 'no-adapter', query: '', engine: /cpu/i, why: /adapter/i },
  { webgpu: 'absent', query: '', engine: /cpu/i, why: /WebGPU/ },
  { webgpu: 'absent', query: '?engine=webgpu', engine: /cpu/i, why: /WebGPU/ },
];

for (const { webgpu, query, engine, why } of modes) {
  test(`WebGPU ${webgpu}, address ${query || 'plain'}`, async () => {
    const tab = await openPage({ url: `${server.url}/${query}`, webgpu });
    try {
      await answered(tab);
      const said = await tab.page.getByTestId('engine').textContent();
      assert.match(said, engine);
      assert.match(said, why);
      assert.match(await tab.page.getByTestId('latency').textContent(), /\d+(\.\d+)?\s*ms/);
      assert.equal(new Set(await ids(tab)).size, 10);

      await loaded(tab);
      const mark = tab.mark();
      await like(tab, 'casablanca');
      await tab.page.getByTestId('recommendation').first().hover();
      await tab.page.waitForTimeout(500);
      assert.deepEqual(tab.requestsSince(mark), [], 'requests after loading');
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}

test('nothing but the page’s own server is asked', async () => {
  const tab = await openPage({ url: `${server.url}/` });
  try {
    await answered(tab);
    assert.ok(tab.requests.length > 0);
    for (const request of tab.requestsSince(0)) assert.ok(request.url.startsWith(server.url), request.url);
  } finally {
    await tab.close();
  }
});

for (const [name, width, height] of [['wide', 1280, 900], ['phone', 390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`it fits ${name}, ${colorScheme}`, async () => {
      const tab = await openPage({ url: `${server.url}/`, viewport: { width, height }, colorScheme, touch: name === 'phone' });
      try {
        await answered(tab);
        await tab.page.waitForTimeout(600); // let list animations end
        await tab.screenshot(`page-${name}-${colorScheme}`, { fullPage: true });
        const overflow = await tab.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
        assert.deepEqual(tab.problems(), []);
      } finally {
        await tab.close();
      }
    });
  }
}
