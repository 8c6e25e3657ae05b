import type {Head} from './document';
import {h} from './dom';
import {claimsPage} from './pages/claims';
import {comparePage} from './pages/compare';
import {simulatePage} from './pages/simulate';
import {sweepPage} from './pages/sweep';
import {validatePage} from './pages/validate';
import {buildPage, type Page} from './parts';
import {startTheme} from './theme';

/** Who shows which kind of document. A new kind is one entry here and one file in pages/. */
const pages: Record<string, (page: Page, document: never) => void> = {
  simulate: simulatePage,
  compare: comparePage,
  sweep: sweepPage,
  validate: validatePage,
  claims: claimsPage,
};

const knownFormat = 1;

function start(): void {
  startTheme();
  const root = document.getElementById('page');
  const data = document.getElementById('fusesim-document');
  if (!root || !data) return;
  const head = JSON.parse(data.textContent ?? '') as Head;
  const show = pages[head.kind];
  if (head.format !== knownFormat || !show) {
    root.append(h('p', {class: 'callout warning'}, `This page cannot show a ${head.kind} report of format ${head.format}.`));
    return;
  }
  show(buildPage(root, head), head as never);
  document.documentElement.dataset['ready'] = 'true';
}

start();
