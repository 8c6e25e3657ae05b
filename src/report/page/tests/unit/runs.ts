// A network of five operators, unfused and fused, by hand:
//
//   x ──> conv ──> bn ──> relu ──┬──> view ──> linear          fused: [conv bn relu] [view] [linear]
import type {Cause, Run, Subgraph} from '../../src/document';

export const causes: Cause[] = [
  {key: 'host_dispatch', title: 'host dispatch'},
  {key: 'compute', title: 'compute'},
  {key: 'dram', title: 'DRAM'},
];

const names = ['conv', 'bn', 'relu', 'view', 'linear'];
const kinds = ['conv2d', 'batch_norm', 'relu', 'view', 'linear'];

function subgraph(id: number, operators: string[], busy_us: number, pattern: string): Subgraph {
  return {
    id, pattern, operators, busy_us, flops: 1000 * busy_us, input_bytes: 100, output_bytes: 50, weight_bytes: 50,
    internal_bytes: 0, start_us: 0, end_us: busy_us, bound_by: busy_us > 0 ? 'compute' : 'none', notes: [],
    attribution_us: [0, busy_us, 0],
  };
}

function run(strategy: string, subgraphs: Subgraph[], attribution: number[]): Run {
  const subgraphOf = (name: string): number => subgraphs.find(one => one.operators.includes(name))?.id ?? -1;
  return {
    model: 'net', target: 'machine', runtime: 'runtime', strategy, dtype: 'f32', batch: 1, image_size: null, inputs: ['1x3:f32'],
    latency_us: attribution.reduce((a, b) => a + b, 0), launches: 1, dram_bytes: 1000, flops: 1000,
    attribution_us: Object.fromEntries(causes.map((cause, i) => [cause.key, attribution[i] ?? 0])),
    subgraphs, warnings: [], roofline: {compute: [], bandwidth: []},
    operators: names.map((name, i) => ({name, kind: kinds[i] ?? '', shape: '1x3', flops: 0, works: name !== 'view', subgraph: subgraphOf(name)})),
    edges: [0, 1, 2, 3].map(i => ({producer: i, consumer: i + 1, shape: '1x3', bytes: 12, detail: ''})),
    graph_inputs: [{name: 'x', shape: '1x3', readers: [0]}],
  };
}

export const unfused = run('unfused', [
  subgraph(0, ['conv'], 10, 'unfused'),
  subgraph(1, ['bn'], 4, 'unfused'),
  subgraph(2, ['relu'], 4, 'unfused'),
  subgraph(3, ['view'], 0, 'no_work'),
  subgraph(4, ['linear'], 2, 'unfused'),
], [30, 20, 10]);

export const fused = run('attention', [
  subgraph(0, ['conv', 'bn', 'relu'], 11, 'conv2d+batch_norm+relu'),
  subgraph(1, ['view'], 0, 'no_work'),
  subgraph(2, ['linear'], 2, 'unfused'),
], [10, 22, 3]);
