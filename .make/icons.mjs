// Draw the icons of the installed page, assets/icons/*.png, from assets/icon.svg: `make icons`, after a change of that
// file. They are committed, so that a build needs no browser.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '../tests/browser/node_modules/playwright-core/index.mjs';

const ASSETS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../assets');
const PAPER = '#fbfaf7';
// How much of the square the drawing takes. A maskable icon may be cut to a circle of 80 % of it, and the drawing's
// farthest point lies at 0.525 of its width from the middle.
const KINDS = [
  { name: 'icon', share: 0.86, radius: 0.22 },
  { name: 'icon-maskable', share: 0.7, radius: 0 },
];
const SIZES = [192, 512];

const drawing = `data:image/svg+xml;base64,${readFileSync(path.join(ASSETS, 'icon.svg')).toString('base64')}`;
mkdirSync(path.join(ASSETS, 'icons'), { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true });
try {
  const page = await browser.newPage();
  for (const { name, share, radius } of KINDS) {
    for (const size of SIZES) {
      await page.setViewportSize({ width: size, height: size });
      await page.setContent(`<body style="margin: 0; background: none">
        <div style="display: grid; place-items: center; height: 100vh; border-radius: ${radius * size}px; background: ${PAPER}">
          <img src="${drawing}" width="${share * size}" height="${share * size}" />
        </div>`);
      await page.locator('img').evaluate((image) => image.decode());
      await page.screenshot({ path: path.join(ASSETS, 'icons', `${name}-${size}.png`), omitBackground: true });
    }
  }
} finally {
  await browser.close();
}
