// Takes a picture of a report.
//   node tools/screenshot.mjs report.html out.png [--section roofline] [--dark] [--width 1500] [--height 1000]
//                             [--pick 12] [--full] [--run 0|1] [--scale 2]
// --section: only this section (its anchor's name); --full: the whole page; --pick: with this subgraph picked.
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';
import {startBrowser} from './browser.mjs';

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    section: {type: 'string'},
    dark: {type: 'boolean'},
    width: {type: 'string', default: '1500'},
    height: {type: 'string', default: '1000'},
    pick: {type: 'string'},
    run: {type: 'string'},
    full: {type: 'boolean'},
    scale: {type: 'string', default: '1'},
  },
});
const [report, picture] = positionals;
if (!report || !picture) {
  console.error('usage: node tools/screenshot.mjs report.html out.png [--section NAME] [--dark] [--full] [--pick ID]');
  process.exit(2);
}

const browser = await startBrowser();
try {
  const page = await browser.newPage({
    viewport: {width: Number(values.width), height: Number(values.height)},
    deviceScaleFactor: Number(values.scale),
    colorScheme: values.dark ? 'dark' : 'light',
  });
  page.on('console', message => console.error(message.text()));
  page.on('pageerror', error => console.error(error));
  await page.goto(pathToFileURL(resolve(report)).href);
  await page.waitForSelector('html[data-ready]');
  if (values.run !== undefined) await page.click(`.run-switch [data-value="${values.run}"]`);
  if (values.pick !== undefined) await page.evaluate(id => window.fusesim.pick(id), Number(values.pick));
  if (values.full)
    // Sections that draw when they come into view.
    await page.evaluate(async () => {
      for (const section of document.querySelectorAll('section')) {
        section.scrollIntoView();
        await new Promise(done => setTimeout(done, 60));
      }
      window.scrollTo(0, 0);
    });
  if (values.section) {
    await page.addStyleTag({content: '.toolbar{position:static!important}'});
    await page.locator(`section#${values.section}`).scrollIntoViewIfNeeded();
  }
  await page.waitForTimeout(200);
  if (values.section) await page.locator(`section#${values.section}`).screenshot({path: picture});
  else await page.screenshot({path: picture, fullPage: Boolean(values.full)});
} finally {
  await browser.close();
}
