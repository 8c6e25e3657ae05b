// The report document as fusesim writes it (src/report/document, docs/report-format.md).

export type Unit =
  | 'none'
  | 'count'
  | 'bytes'
  | 'flops'
  | 'macs'
  | 'operations'
  | 'microseconds'
  | 'ratio'
  | 'fraction'
  | 'flops_per_byte'
  | 'number';

export type Cell = null | boolean | number | string | string[];

export interface Column {
  key: string;
  title: string;
  unit: Unit;
}

export interface TableData {
  columns: Column[];
  rows: Cell[][];
}

/** What an instant of a run is charged to; attributions list their times in this order. */
export interface Cause {
  key: string;
  title: string;
}

export interface Head {
  format: number;
  kind: string;
  title: string;
  tool_version: string;
  facts: {name: string; value: string}[];
  notes: string[];
  warnings: string[];
  causes: Cause[];
}

export interface Subgraph {
  id: number;
  pattern: string;
  operators: string[];
  flops: number;
  input_bytes: number;
  output_bytes: number;
  weight_bytes: number;
  internal_bytes: number;
  start_us: number;
  end_us: number;
  busy_us: number;
  bound_by: string;
  notes: string[];
  attribution_us: number[];
}

export interface Roof {
  name: string;
  per_second: number;
}

export interface Operator {
  name: string;
  kind: string;
  shape: string;
  flops: number;
  works: boolean;
  subgraph: number;
}

export interface Edge {
  producer: number;
  consumer: number;
  shape: string;
  bytes: number;
  refusal?: string;
  detail: string;
}

export interface Tasks {
  name: string;
  count: number;
  per_unit: number;
  unit: string;
  units: number;
  scratch_bytes: number;
}

export interface Kernel {
  name: string;
  subgraph: number;
  host_only: boolean;
  start_us: number;
  end_us: number;
  attribution_us: number[];
  tasks: Tasks[];
}

/** Holds value[i] from time_us[i] to time_us[i + 1]; averaged_us above 0: means over so much time. */
export interface Steps {
  time_us: number[];
  value: number[];
  averaged_us: number;
}

export interface Timeline {
  host: {
    labels: string[];
    label: number[];
    start_us: number[];
    duration_us: number[];
    kernel: number[];
  };
  streams: {stream: number; start_us: number[]; duration_us: number[]; kernel: number[]}[];
  units: (Steps & {name: string; count: number})[];
  links: (Steps & {name: string; bytes_per_s: number})[];
}

export interface Run {
  model: string;
  target: string;
  runtime: string;
  strategy: string;
  dtype: string;
  batch: number;
  image_size: number | null;
  inputs: string[];
  latency_us: number;
  launches: number;
  dram_bytes: number;
  flops: number;
  attribution_us: Record<string, number>;
  subgraphs: Subgraph[];
  warnings: string[];
  roofline: {compute: Roof[]; bandwidth: Roof[]};
  operators?: Operator[];
  edges?: Edge[];
  graph_inputs?: {name: string; shape: string; readers: number[]}[];
  kernels?: Kernel[];
  stages?: TableData;
  timeline?: Timeline;
}

export interface SimulateDocument extends Head {
  kind: 'simulate';
  asked: number;
  runs: [Run, Run];
}

export interface Comparison {
  model: string;
  target: string;
  runtime: string;
  dtype: string;
  batch: number;
  speedup: number;
  unfused: Run;
  fused: Run;
}

export interface CompareDocument extends Head {
  kind: 'compare';
  comparisons: Comparison[];
}

export interface Dimension {
  name: string;
  role: 'name' | 'size' | 'field';
  unit: string;
  meaning: string;
  numeric: boolean;
  tied: boolean;
  labels: string[];
  numbers?: number[];
}

export interface SweepDocument extends Head {
  kind: 'sweep';
  description: string;
  sampling: string;
  threshold: number;
  dimensions: Dimension[];
  objectives: {name: string; value: string; unit: Unit; goal: 'minimise' | 'maximise'}[];
  /** By column; `at` and `objectives` by dimension and objective, `at` empty where nothing varies. */
  rows: {number: number[]; at: number[][]; latency_us: number[]; objectives: number[][]};
  best: TableData;
  pareto: TableData;
  sensitivity: TableData;
  crossovers: TableData;
  failures: TableData;
}

export interface MeasuredRow {
  line: number;
  model: string;
  machine: string;
  runtime: string;
  dtype: string;
  batch: number;
  measured: number;
  predicted?: number;
  error?: number;
  shares?: number[];
  failure?: string;
  fields: string[];
}

export interface ValidateDocument extends Head {
  kind: 'validate';
  quantity: string;
  summary: {
    rows: number;
    failed: number;
    mape: number;
    median_ape: number;
    bias: number;
    kendall_tau: number;
  };
  columns: string[];
  rows: MeasuredRow[];
  groups: TableData;
  speed_ups: TableData;
}

export type Verdict = 'supported' | 'refuted' | 'holds only if' | 'not testable' | 'failed';

export interface ClaimCurve {
  parameter: string;
  title: string;
  unit: string;
  numeric: boolean;
  logarithmic: boolean;
  base: string;
  condition: string;
  points: {
    /** Of names: the name. */
    x: number | string;
    simulated: number | null;
    claimed_from: number | null;
    claimed_to: number | null;
    holds: boolean | null;
    measured: number | null;
    measurements: {value: number; holds: boolean; source: string}[];
    error: string | null;
  }[];
}

export interface ClaimRun {
  run: string;
  label: string;
  model: string;
  simulated: boolean;
  strategy: string;
  batch: number;
  target?: string;
  runtime?: string;
  dtype?: string;
  attribution_us?: Record<string, number>;
  figures: Record<string, number>;
}

/** As `fusesim claims --format json` has it; figures in units of `unit` once divided by `unit_scale`. */
export interface Claim {
  id: string;
  file: string;
  claim: string;
  source: string;
  note: string;
  claimed: string;
  simulated: number | null;
  measured: number | null;
  verdict: Verdict;
  condition: string;
  reason: string;
  expected: Verdict | null;
  as_expected: boolean;
  /** Every measured value says the opposite of the simulated one. */
  against_measurement: boolean;
  unit: string;
  unit_scale: number;
  value: string;
  claimed_from: number | null;
  claimed_to: number | null;
  simulated_text: string;
  measured_text: string;
  why: string;
  inputs: Record<string, number>;
  measurements: {value: number; holds: boolean; source: string}[];
  runs: ClaimRun[];
  curves: ClaimCurve[];
}

export interface ClaimsDocument extends Head {
  kind: 'claims';
  /** What a file of claims is about, by its name. */
  descriptions: Record<string, string>;
  claims: Claim[];
}

export type ReportDocument = SimulateDocument | CompareDocument | SweepDocument | ValidateDocument | ClaimsDocument;
