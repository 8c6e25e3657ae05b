import type {SimulateDocument} from '../document';
import {count, human, percent, scaled, time} from '../format';
import {cards, type Page} from '../parts';
import {attributionOf, type RunContext, type RunState, type Side} from '../run_state';
import {Store} from '../store';
import {waterfall} from '../waterfall_model';
import {runSections, runSwitch, savingSection} from './run_sections';

/** "Fusing saves 4.52 ms of 7.22 ms: 2.02 ms host dispatch, 1.39 ms fill/drain." */
export function savingSentence(document: SimulateDocument): string {
  const [unfused, fused] = document.runs;
  const saved = unfused.latency_us - fused.latency_us;
  if (Math.abs(saved) < 1e-6) return 'Fusing changes nothing here.';
  const steps = waterfall(
    {title: '', times: attributionOf(unfused, document.causes)},
    {title: '', times: attributionOf(fused, document.causes)},
    document.causes,
  ).filter(step => step.key !== '' && (step.to < step.from) === (saved > 0));
  const parts = steps
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .filter(step => Math.abs(step.to - step.from) > 0.03 * Math.abs(saved))
    .slice(0, 4)
    .map(step => `${time(Math.abs(step.to - step.from))} ${step.title}`);
  return `Fusing ${saved > 0 ? 'saves' : 'costs'} ${time(Math.abs(saved))} of ${time(unfused.latency_us)}: ${parts.join(', ')}.`;
}

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
