import type {Page} from 'playwright-core';
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import type {ClaimsDocument, CompareDocument, SimulateDocument, SweepDocument, ValidateDocument} from '../../src/document';
import {micro, time} from '../../src/format';
import {clickMark, documentOf, Reports, scrollThrough, type Opened} from './reports';

/** For what shows a moment after a click: a moment may be long on a machine that also builds. */
const patience = {timeout: 20000};

let reports: Reports;
let opened: Opened | undefined;

beforeAll(async () => {
  reports = await Reports.start();
  const report = (name: string): string[] => ['--report', reports.path(name)];
  reports.run('simulate', 'resnet18', '--target', 'a100-sxm-40gb', '--strategy', 'attention', ...report('gpu.html'));
  reports.run('simulate', 'mobilenet_v2', '--target', 'kpu-t64', ...report('tile.html'));
  reports.run('compare', 'resnet18', 'vit_b_16', '--target', 't4', '--target', 'kpu-t64', ...report('compare.html'));
  reports.run('validate', 'data/measured/gpu_end_to_end.csv', ...report('validate.html'));
  reports.run('sweep', 'configs/sweeps/launch-overhead.yaml', '-o', reports.path('launch.db'));
  reports.run('sweep', 'report', reports.path('launch.db'), ...report('sweep.html'));
  reports.run('claims', '--id', 'resnet18-*', '--id', 'aitemplate-resnet50*', '--id', 'graphs-5x*', '--id', 'aitemplate-vit*', ...report('claims.html'));
}, 300000);
afterAll(async () => reports?.stop());
afterEach(async () => {
  await opened?.page.close();
  opened = undefined;
});

async function open(name: string, options: {dark?: boolean} = {}): Promise<Page> {
  opened = await reports.open(name, options);
  return opened.page;
}

const details = (page: Page): Promise<string> => page.locator('#details').innerText();
const rows = (page: Page, section: string): Promise<string[]> => page.locator(`section#${section} tbody tr`).allInnerTexts();
const background = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

describe.each([
  ['gpu.html', ['saving', 'longest', 'roofline', 'timeline', 'graph', 'subgraphs', 'not-fused']],
  ['tile.html', ['saving', 'longest', 'roofline', 'timeline', 'graph', 'subgraphs', 'not-fused', 'mapping']],
  ['compare.html', ['latency', 'gains', 'pairs', 'saving', 'longest', 'roofline', 'subgraphs']],
  ['validate.html', ['scatter', 'errors', 'groups', 'speed-ups', 'rows']],
  ['sweep.html', ['crossovers', 'along', 'pareto', 'sensitivity', 'best']],
  ['claims.html', ['claims', 'evidence', 'claimed']],
])('%s', (name, sections) => {
  it('shows all of its sections, without complaints and without the network', async () => {
    const page = await open(name);
    await scrollThrough(page);
    expect(await page.locator('main section').evaluateAll(all => all.map(one => one.id))).toEqual(sections);
    const empty = await page.locator('.chart').evaluateAll(charts =>
      charts.filter(chart => !chart.querySelector('svg path, canvas')).map(chart => chart.getAttribute('aria-label')));
    expect(empty).toEqual([]);
    await page.setViewportSize({width: 480, height: 900});
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(480);
    expect(opened?.complaints).toEqual([]);
  });

  it('fits its tables into the window of a small laptop', async () => {
    const page = await open(name);
    await page.setViewportSize({width: 1366, height: 768});
    await scrollThrough(page);
    const cut = await page.locator('section:not(#mapping) .table-scroll').evaluateAll(all =>
      all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.closest('section')?.id));
    expect(cut).toEqual([]); // mappings have twenty columns, and a shadow where there are more
  });

  it('is dark or light as the reader likes it, and prints light without controls', async () => {
    const page = await open(name, {dark: true});
    expect(await background(page)).toBe('rgb(17, 21, 27)');
    await page.click('#theme');
    expect(await background(page)).toBe('rgb(244, 246, 249)');
    await page.click('#theme');
    await page.emulateMedia({media: 'print', colorScheme: 'dark'});
    await expect.poll(() => background(page), patience).toBe('rgb(255, 255, 255)');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme']), patience).toBe('light');
    for (const control of ['.toolbar', '.actions', '.table-controls'])
      expect(await page.locator(control).first().isVisible()).toBe(false);
    expect((await page.pdf({preferCSSPageSize: true})).length).toBeGreaterThan(20000);
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    for (const more of await page.locator('.table > button').all()) expect(await more.isHidden()).toBe(true);
    expect(opened?.complaints).toEqual([]);
  });
});

describe('a simulation', () => {
  it('heads with the figures of its document', async () => {
    const page = await open('gpu.html');
    const {runs} = await documentOf<SimulateDocument>(page);
    const cards = await page.locator('.card-value').allInnerTexts();
    expect(cards.slice(0, 3)).toEqual([time(runs[1].latency_us), time(runs[0].latency_us), `${(runs[0].latency_us / runs[1].latency_us).toFixed(2)}×`]);
  });

  it('shows a subgraph picked in any section in all of them', async () => {
    const page = await open('gpu.html');
    const {runs} = await documentOf<SimulateDocument>(page);
    const [first, second, third] = runs[1].subgraphs.filter(one => one.flops > 0 && one.busy_us > 0);
    const isPicked = async (id: number): Promise<void> => {
      const subgraph = runs[1].subgraphs.find(one => one.id === id);
      await expect.poll(() => details(page), patience).toContain(`#${id} ${subgraph?.pattern}`);
      for (const operator of subgraph?.operators ?? []) expect(await details(page)).toContain(operator);
      expect(await page.locator('section#subgraphs tr.picked td').first().innerText()).toBe(String(id));
      expect(await page.locator('section#graph .box.picked').getAttribute('data-subgraph')).toBe(String(id));
    };
    await page.locator('section#graph').scrollIntoViewIfNeeded();
    await page.waitForSelector('.box');
    await clickMark(page, 'roofline', first?.id ?? -1);
    await expect.poll(() => details(page), patience).toMatch(/#\d+ /);
    await isPicked(Number(/#(\d+)/.exec(await details(page))?.[1])); // of points over each other the uppermost
    await clickMark(page, 'timeline', second?.id ?? -1);
    await isPicked(second?.id ?? -1);
    await page.locator(`section#graph .box[data-subgraph="${third?.id}"]`).dispatchEvent('click');
    await isPicked(third?.id ?? -1);
    await page.locator('section#subgraphs tbody tr').nth(1).click();
    await isPicked(Number(await page.locator('section#subgraphs tbody tr').nth(1).locator('td').first().innerText()));
    for (const part of ['Where its time goes', 'Operators', 'Kernel', 'Is read by', 'not fused:', 'In the unfused run'])
      expect(await details(page)).toContain(part);
    await page.click('#details .close');
    await expect.poll(() => details(page), patience).toContain('Pick a subgraph');
    expect(opened?.complaints).toEqual([]);
  });

  it('goes to the same operators of the other run', async () => {
    const page = await open('gpu.html');
    const {runs} = await documentOf<SimulateDocument>(page);
    const fused = runs[1].subgraphs.find(one => one.operators.length > 2);
    await page.evaluate(id => window.fusesim?.pick?.(id), fused?.id ?? -1);
    await page.click('.run-switch [data-value="0"]');
    const shown = await details(page);
    const unfused = runs[0].subgraphs.find(one => shown.includes(`#${one.id} `) && fused?.operators.includes(one.operators[0] ?? ''));
    expect(unfused).toBeDefined();
    expect((await rows(page, 'subgraphs')).length).toBeGreaterThan(0);
    expect(await page.locator('section#subgraphs .table-state').innerText()).toBe(`${runs[0].subgraphs.length} subgraphs`);
  });

  it('sorts and filters its table', async () => {
    const page = await open('gpu.html');
    const {runs} = await documentOf<SimulateDocument>(page);
    const times = async (): Promise<string[]> => page.locator('section#subgraphs tbody tr td:nth-child(5)').allInnerTexts();
    const longest = [...runs[1].subgraphs].sort((a, b) => b.busy_us - a.busy_us);
    expect((await times()).slice(0, 5)).toEqual(longest.slice(0, 5).map(one => time(one.busy_us)));
    await page.click('section#subgraphs th[data-key="busy_us"] button');
    expect((await times())[0]).toBe(time(longest[longest.length - 1]?.busy_us ?? 0));
    await page.fill('section#subgraphs .filter', 'time>15us conv2d');
    const wanted = runs[1].subgraphs.filter(one => one.busy_us > 15 && (one.pattern + one.operators[0]).includes('conv'));
    expect(await page.locator('section#subgraphs tbody tr.pickable').count()).toBe(wanted.length);
    await page.fill('section#subgraphs .filter', 'there is nothing like it');
    expect(await page.locator('section#subgraphs .empty').innerText()).toBe('nothing matches');
  });

  it('finds an operator in its graph', async () => {
    const page = await open('gpu.html');
    await page.locator('section#graph').scrollIntoViewIfNeeded();
    await page.fill('section#graph .filter', 'layer3.0.conv1');
    await expect.poll(() => page.locator('.box.found').count(), patience).toBe(1);
    expect(await page.locator('.box.found').innerHTML()).toContain('layer3.0.conv1');
  });

  it('zooms its timeline to the picked subgraph', async () => {
    const page = await open('gpu.html');
    const {runs} = await documentOf<SimulateDocument>(page);
    const last = runs[1].subgraphs.filter(one => one.busy_us > 0).pop();
    const place = (): Promise<[number, number] | null | undefined> =>
      page.evaluate(id => window.fusesim?.place?.('timeline', id), last?.id ?? -1);
    await page.evaluate(id => window.fusesim?.pick?.(id), last?.id ?? -1);
    const before = await place();
    await page.locator('section#timeline').getByText('Picked subgraph').click();
    const after = await place();
    expect(Math.abs((after?.[0] ?? 0) - (before?.[0] ?? 0))).toBeGreaterThan(20);
  });

  it('on tiles shows how a stage is mapped', async () => {
    const page = await open('tile.html');
    await page.locator('section#mapping tbody tr').first().click();
    expect(await details(page)).toMatch(/Mapping[\s\S]*tiles as/);
  });
});

describe('a comparison', () => {
  it('shows the pair that is picked in the table, and its subgraphs', async () => {
    const page = await open('compare.html');
    const {comparisons} = await documentOf<CompareDocument>(page);
    await page.locator('section#pairs tbody tr').nth(3).click();
    expect(await details(page)).toContain(`${comparisons[3]?.model}, ${comparisons[3]?.fused.strategy}`);
    await page.locator('section#subgraphs tbody tr').first().click();
    const longest = [...(comparisons[3]?.fused.subgraphs ?? [])].sort((a, b) => b.busy_us - a.busy_us)[0];
    expect(await details(page)).toContain(`#${longest?.id} `);
    expect(await details(page)).toContain(longest?.operators[0]);
  });
  it('has every gain in its matrix', async () => {
    const page = await open('compare.html');
    const {comparisons} = await documentOf<CompareDocument>(page);
    const gains = await page.locator('.matrix td').allInnerTexts();
    expect([...gains].sort()).toEqual(comparisons.map(one => `${one.speedup.toFixed(2)}×`).sort());
  });
});

describe('a validation', () => {
  it('filters by runtime and shows a picked row', async () => {
    const page = await open('validate.html');
    const {rows: all} = await documentOf<ValidateDocument>(page);
    const eager = all.filter(row => row.runtime === 'pytorch-eager');
    await page.locator('.bar').getByLabel('runtime').selectOption('pytorch-eager');
    expect(await page.locator('main > .explanation').innerText()).toContain(`Chosen: ${eager.length} rows`);
    await page.locator('.bar').getByLabel('runtime').selectOption('');
    const worst = all.reduce((a, b) => (Math.abs(b.error ?? 0) > Math.abs(a.error ?? 0) ? b : a));
    await clickMark(page, 'scatter', all.indexOf(worst));
    await expect.poll(() => details(page), patience).toContain(`line ${worst.line} of the measurements`);
    expect(await page.locator('section#rows tbody tr').first().locator('td').first().innerText()).toBe(String(worst.line));
    expect(await page.locator('section#rows tr.picked').count()).toBe(1);
  });
});

describe('a sweep', () => {
  it('draws along any field and shows a picked configuration', async () => {
    const page = await open('sweep.html');
    const {rows: all} = await documentOf<SweepDocument>(page);
    await page.locator('section#along').getByLabel('draw').selectOption('gain');
    await page.locator('section#along').getByLabel('along', {exact: true}).selectOption({label: 'batch'});
    await page.locator('section#along').getByLabel('draw').selectOption('latency');
    await page.locator('section#along').getByLabel('along', {exact: true}).selectOption({label: 'launch_us'});
    await clickMark(page, 'along', 0);
    await expect.poll(() => details(page), patience).toContain(`Configuration ${all.number[0]}`);
    await page.locator('section#best tbody tr').first().click();
    const number = await page.locator('section#best tbody tr').first().locator('td').nth(1).innerText();
    await expect.poll(() => details(page), patience).toContain(`Configuration ${number}`);
    expect(opened?.complaints).toEqual([]);
  });
});

describe('claims', () => {
  it('show the picked one with its evidence, and filter by verdict', async () => {
    const page = await open('claims.html');
    const {claims} = await documentOf<ClaimsDocument>(page);
    const refuted = claims.filter(claim => claim.verdict === 'refuted');
    await page.locator('.bar').getByLabel('verdict').selectOption('refuted');
    expect(await page.locator('section#claims tbody tr').count()).toBe(refuted.length);
    await page.locator('section#claims tbody tr').first().click();
    expect(await details(page)).toContain(micro(refuted[0]?.claim ?? ''));
    await page.locator('.bar').getByLabel('verdict').selectOption('');
    const conditional = claims.findIndex(claim => claim.verdict === 'holds only if' && claim.curves.length > 0 && claim.simulated !== null);
    await page.locator('section#claimed').scrollIntoViewIfNeeded();
    await clickMark(page, 'claimed', conditional);
    await expect.poll(() => details(page), patience).toContain(claims[conditional]?.condition);
    expect(await page.locator('section#evidence .explanation').innerText()).toBe(micro(claims[conditional]?.claim ?? ''));
    expect(opened?.complaints).toEqual([]);
  });

  it('say which verdicts measurements contradict, and filter by it', async () => {
    const page = await open('claims.html');
    const {claims} = await documentOf<ClaimsDocument>(page);
    const against = claims.filter(claim => claim.against_measurement);
    expect(against.length).toBeGreaterThan(0);
    expect(await page.locator('section#claims .badge.against').count()).toBe(against.length);
    await page.locator('.bar').getByLabel('measured').selectOption('against');
    expect(await page.locator('section#claims tbody tr').count()).toBe(against.length);
    await page.locator('section#claims tbody tr').first().click();
    for (const text of [against[0]?.id, 'against measurement', against[0]?.measurements[0]?.source])
      expect(await details(page)).toContain(text);
  });

  it('write microseconds as people do', async () => {
    const page = await open('claims.html');
    const {claims} = await documentOf<ClaimsDocument>(page);
    expect(claims.some(claim => / us$/.test(claim.claimed))).toBe(true);
    expect(await page.locator('body').innerText()).not.toMatch(/\d us\b/);
  });
});
