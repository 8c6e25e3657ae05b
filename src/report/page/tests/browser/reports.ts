// Reports as the built fusesim writes them, and the one browser that looks at all of them.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Browser, Page} from 'playwright-core';
import {startBrowser} from '../../tools/browser.mjs';

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through ctest -R page.browser`);
  return value;
}

export interface Opened {
  page: Page;
  /** What the page said or asked for that it should not have. */
  complaints: string[];
}

export class Reports {
  private constructor(private readonly folder: string, private readonly browser: Browser) {}

  static async start(): Promise<Reports> {
    return new Reports(mkdtempSync(join(tmpdir(), 'fusesim-reports-')), await startBrowser());
  }

  async stop(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, {recursive: true, force: true});
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs fusesim with these arguments in the repository. */
  run(...args: string[]): string {
    return execFileSync(needed('FUSESIM'), args, {cwd: needed('FUSESIM_SOURCE'), encoding: 'utf8', timeout: 240000});
  }

  async open(name: string, options: {dark?: boolean} = {}): Promise<Opened> {
    const page = await this.browser.newPage({
      viewport: {width: 1500, height: 1000},
      colorScheme: options.dark ? 'dark' : 'light',
    });
    page.setDefaultTimeout(40000);
    const complaints: string[] = [];
    const address = pathToFileURL(this.path(name)).href;
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', error => complaints.push(`error: ${error.message}`));
    page.on('request', request => {
      if (request.url() !== address && !request.url().startsWith('data:')) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    await page.waitForSelector('html[data-ready]');
    return {page, complaints};
  }
}

/** Brings every section into view, as a reader who scrolls to the end does. */
export async function scrollThrough(page: Page): Promise<void> {
  for (const section of await page.locator('main section').all()) await section.scrollIntoViewIfNeeded();
  await page.waitForTimeout(200);
}

/** The document inside of the page. */
export async function documentOf<T>(page: Page): Promise<T> {
  return page.evaluate(() => JSON.parse(document.getElementById('fusesim-document')?.textContent ?? '') as never);
}

/** Clicks where a chart shows a subgraph, row or configuration. */
export async function clickMark(page: Page, section: string, id: number): Promise<void> {
  await page.locator(`section#${section} .chart`).first().scrollIntoViewIfNeeded();
  // Charts above it may still find their size: it must have come to rest.
  let before: [number, number] = [NaN, NaN];
  for (let tries = 0; tries < 100; ++tries) {
    const place = await page.evaluate(([name, which]) => window.fusesim?.place?.(name, which) ?? null, [section, id] as const);
    if (!place) throw new Error(`section ${section} shows no mark of ${id}`);
    if (place[0] === before[0] && place[1] === before[1]) break;
    before = place;
    await page.waitForTimeout(150);
  }
  await page.mouse.move(before[0], before[1]);
  await page.mouse.click(before[0], before[1]);
}
