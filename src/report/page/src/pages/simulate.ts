import type {SimulateDocument} from '../document';
import {count, human, percent, scaled, time} from '../format';
import {cards, type Page} from '../parts';
import type {RunContext, RunState, Side} from '../run_state';
import {Store} from '../store';
import {runSections, runSwitch, savingSection} from './run_sections';
import {savingSentence} from './saving';

export function simulatePage(page: Page, document: SimulateDocument): void {
  const context: RunContext = {causes: document.causes};
  const [unfused, fused] = document.runs;
  const asked = document.runs[document.asked] ?? fused;
  const store = new Store<RunState>({pair: document.runs, side: document.asked as Side, subgraph: null});
  page.bar.append(runSwitch(store));
  const peak = Math.max(0, ...asked.roofline.compute.map(roof => roof.per_second));
  const rate = asked.latency_us > 0 ? asked.flops / (asked.latency_us * 1e-6) : 0;
  cards(page.main, [
    {name: `latency, ${fused.strategy}`, value: time(fused.latency_us), strong: document.asked === 1},
    {name: `latency, ${unfused.strategy}`, value: time(unfused.latency_us), strong: document.asked === 0},
    {name: 'gain of fusion', value: `${(unfused.latency_us / fused.latency_us).toFixed(2)}×`},
    {name: 'launches', value: count(fused.launches), more: `unfused ${count(unfused.launches)}`},
    {name: 'DRAM bytes', value: human(fused.dram_bytes, 'bytes'), more: `unfused ${human(unfused.dram_bytes, 'bytes')}`},
    {name: 'achieved', value: scaled(rate, 'FLOP/s'), ...(peak > 0 ? {more: `${percent(rate / peak)} of the best unit`} : {})},
  ]);
  savingSection(page, store, context, 'saving', 'What fusion saves', savingSentence(document));
  runSections(page, store, context);
}
