import {describe, expect, it} from 'vitest';
import {counterpart, intensity, partsOf, titleOf} from '../../src/run_state';
import {waterfall} from '../../src/waterfall_model';
import {savingSentence} from '../../src/pages/saving';
import type {SimulateDocument} from '../../src/document';
import {causes, fused, unfused} from './runs';

describe('the same work in the other run', () => {
  it('is the subgraph that holds most of its operators', () => {
    expect(counterpart(unfused.subgraphs[1]!, fused)?.id).toBe(0);
    expect(counterpart(fused.subgraphs[0]!, unfused)?.id).toBe(0); // conv: one of three equal shares, the longest
    expect(counterpart(unfused.subgraphs[4]!, fused)?.id).toBe(2);
  });
  it('is all subgraphs whose operators it fuses', () => {
    expect(partsOf(fused.subgraphs[0]!, unfused).map(one => one.id)).toEqual([0, 1, 2]);
    expect(partsOf(unfused.subgraphs[0]!, fused)).toEqual([]);
  });
});

describe('figures of a subgraph', () => {
  it('a lone operator goes by its kind', () => {
    expect(titleOf(unfused.subgraphs[0]!, unfused.operators)).toBe('conv2d');
    expect(titleOf(fused.subgraphs[0]!, fused.operators)).toBe('conv2d+batch_norm+relu');
  });
  it('intensity counts what crosses its border: 10000 FLOP over 200 B', () => {
    expect(intensity(unfused.subgraphs[0]!)).toBe(50);
  });
});

describe('the waterfall', () => {
  const steps = waterfall({title: 'unfused', times: [30, 20, 10]}, {title: 'attention', times: [10, 22, 3]}, causes);
  it('goes from one latency to the other, without a gap', () => {
    expect(steps[0]).toEqual({title: 'unfused', key: '', from: 0, to: 60});
    expect(steps[steps.length - 1]).toEqual({title: 'attention', key: '', from: 0, to: 35});
    for (let i = 1; i + 1 < steps.length; ++i) expect(steps[i]?.from).toBe(steps[i - 1]?.to);
    expect(steps[steps.length - 2]?.to).toBe(35);
  });
  it('has the largest saving first and losses last', () => {
    expect(steps.slice(1, -1).map(step => [step.key, step.to - step.from])).toEqual([['host_dispatch', -20], ['dram', -7], ['compute', 2]]);
  });
  it('in words names what was saved', () => {
    const document = {causes, runs: [unfused, fused]} as unknown as SimulateDocument;
    expect(savingSentence(document)).toBe('Fusing saves 25.0 µs of 60.0 µs: 20.0 µs host dispatch, 7.00 µs DRAM.');
  });
});
