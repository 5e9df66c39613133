/** What Python hands over in a figure's state, and what the front end makes of it. */

/** What both hosts give a figure: anywidget in a notebook, host.js on a static page. */
export interface Model {
  get(name: string): any;
  set(name: string, value: unknown): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
  save_changes(): void;
}

export type State = Record<string, any>;
export type Numbers = Record<string, number>;
/** Numbers and arrays of numbers by name: what generated expressions are evaluated in. */
export type Scope = Record<string, any>;
export type Formula = (scope: Scope) => number;

export interface Theme {
  name: ThemeName;
  surface: string;
  panel: string;
  text: string;
  muted: string;
  line: string;
  control: string;
  accent: string;
  onAccent: string;
  warning: string;
  ink: string;
  ramp: string[];
}
export type ThemeName = "light" | "dark";

/** How an optimizer is told from others: by colour, by dash and by mark. */
export interface Style {
  light: string;
  dark: string;
  dash: number[];
  marker: string;
}

export type Scale = "linear" | "log" | "complement" | "whole" | "doubling";
export interface Range {
  min: number;
  max: number;
}

/** A number that a slider sets. */
export interface Dial extends Range {
  name: string;
  meaning: string;
  symbol?: string;
  scale?: Scale;
  default: number;
}

export interface StateOfRule {
  name: string;
  /** A number, or the hyperparameter that it starts from. */
  initial: number | string;
  scalar?: boolean;
}

/** An element-wise rule. */
export interface Rule {
  id: string;
  label: string;
  state: StateOfRule[];
  hyperparameters: { name: string; default: number }[];
  /** Of a rule that a reader edits: the page's mathematics have none of it. */
  update?: Update;
}

/** A rule whose hyperparameters the reader sets. */
export interface DialledRule extends Rule {
  /** Of a rule that is not the package's: its text. */
  text?: string;
  /** Of a rule that a reader edits: which of its texts it is. */
  edition?: number;
  uncorrected: string | null;
  hyperparameters: Dial[];
}

/** A rule whose text a reader may begin with (`beginnings` in page/answer.py). */
export interface Beginning {
  label: string;
  chapter: string;
  text: string;
  source: string;
}

/** All that Python says of a text (`read` in page/answer.py). */
export interface Readings {
  rule: DialledRule;
  elementwise: boolean;
  tex: string;
  source: string;
  cell: string;
  javascript?: string;
  python?: string;
  cuda?: string;
}

/** All that Python says of a landscape that is typed (`drawn` in page/answer.py). */
export interface Drawn {
  text: string;
  javascript: string;
  /** Of f and of its two derivatives. */
  tex: string[];
}

export type Domain = [number, number, number, number];
export type Point = [number, number];

export interface Landscape {
  id: string;
  label: string;
  domain: Domain;
  start: Point;
  rates: Numbers;
  /** Of one that a reader types: which of its texts it is, by the name that its functions have. */
  edition?: string;
}

/** An optimizer as the state has it. */
export interface Optimizer {
  rule: string;
  hyperparameters: Numbers;
  bias_correction: boolean;
}

/** θ₀ … θ_steps in one row, and f there; `diverged` is the step that was not finite, at which it ends. */
export interface Trajectory {
  points: Float64Array;
  values: Float64Array;
  diverged: number | null;
  /** Whether that step was not far off, but where f has no value. */
  nowhere?: boolean;
}

// ---------------------------------------------------------------- the generated module

/** One step in place: parameter, gradient, state arrays, and the scalars by name. */
export type Update = (p: Float64Array, g: Float64Array, ...rest: any[]) => void;

export interface Ground {
  value(x: number, y: number, parameters: Numbers): number;
  gradient(x: number, y: number, parameters: Numbers, out: Float64Array): void;
  minima(parameters: Numbers): Point[];
}

/** A rule along gradients (`Run` in scenario.py). */
export interface Run {
  rule: string;
  corrected: boolean;
  anew: boolean;
  steps: Formula;
  lanes: Formula;
  start: Formula;
  gradient: Formula[];
  values: Record<string, Formula>;
  after?: Formula;
}

/** Along a run, at its end, or over axes (`Along`, `End` and `Over` in scenario.py). */
export interface Curve {
  of: Formula;
  run?: string;
  lanes?: boolean;
  first?: number;
  running?: boolean;
  axes?: Record<string, number[]>;
}

export interface Scenario {
  runs: Record<string, Run>;
  curves: Record<string, Curve>;
}

export interface Mathematics {
  rules: Record<string, Update>;
  landscapes: Record<string, Ground>;
  expressions: Record<string, Formula>;
  scenarios: Record<string, Scenario>;
}

// ---------------------------------------------------------------- the controls of a panel

export interface NumberControl extends Dial {
  kind: "number";
  scale: Scale;
}
export interface ChoiceControl {
  kind: "choice";
  name: string;
  default: string;
  label: string;
  options: [string, string][];
}
export interface SwitchControl {
  kind: "switch";
  name: string;
  default: boolean;
  label: string;
}
export type Control = NumberControl | ChoiceControl | SwitchControl;

// ---------------------------------------------------------------- what leads through a figure

/** A state, and what there is to see in it. */
export interface Stop {
  state: State;
  said: string;
}
/** What the reader is asked to foresee: one of `options`, or a `curve` of the chart `view`, `label` there, to be drawn. */
export interface Guess {
  asked: string;
  state: State;
  why: string;
  options?: string[];
  answer?: string;
  view?: number;
  curve?: string;
  label?: string;
  run?: number;
}
export interface Guided {
  question: string;
  attempt: string;
  guess: Guess;
  tour: Stop[];
}

/** What a chart says of a value that a control has: `done` when the reader lets go. */
export type OnValue<T> = (value: T, done: boolean) => void;

// ---------------------------------------------------------------- what is drawn

/** A position on an axis, and its text: a plain one, or [mantissa, exponent] of ten. */
export type Tick = [number, string | [number, string]];

/** The numbers of a curve. */
export type Row = ArrayLike<number> & Iterable<number>;

export interface Look {
  colour: string;
  dash?: number[];
  width?: number;
  alpha?: number;
}
export interface Line extends Look {
  ys: Row;
  xs?: Row;
  label?: string;
  /** Whether the cursor tells its value although no label names it. */
  named?: boolean;
  thin?: boolean;
  /** The symbol that its label is, by its name in the rule. */
  symbol?: string;
  /** The hyperparameters that shape it. */
  of?: string[];
}
export interface Mark {
  x?: number;
  y?: number;
  label?: string;
  colour?: string;
  dash?: number[];
  left?: boolean;
  width?: number;
  /** Whether it shows that it can be dragged. */
  grip?: boolean;
}
export interface Dots {
  xs: Row;
  ys: Row;
  colour: string;
  size?: number;
  alpha?: number;
  over?: boolean;
}
export interface Bars {
  ys: Row;
  colour: string;
  alpha?: number;
}
export interface Band {
  from: number;
  to: number;
  colour: string;
}
/** A sign at a place, which is kept within the frame by `margin`. */
export interface Stamp {
  x: number;
  y: number;
  path: string;
  colour: string;
  scale?: number;
  margin?: number;
}
/** What a chart shows: ranges of its axes, logarithmic where `logx` or `log` says so, and what is drawn there. */
export interface View {
  x: [number, number];
  y: [number, number];
  logx?: boolean;
  log?: boolean;
  curves?: Line[];
  bands?: Band[];
  bars?: Bars[];
  marks?: Mark[];
  dots?: Dots[];
  stamps?: Stamp[];
  /** The x at which the curves tell their value. */
  cursor?: number | null;
  note?: string | Node;
  xticks?: number[];
}

/** Heights in [0, 1] on a grid, from the upper left corner; `low`, `middle` and `high` are the values that were 0, ½ and 1. */
export interface Field {
  columns: number;
  rows: number;
  low: number;
  middle?: number;
  high: number;
  /** Whether there are places without a height. */
  blank?: boolean;
  heights: Float32Array;
}

/** A path on a landscape. */
export interface Path {
  trajectory: Trajectory;
  style: Style;
}
export interface Scene {
  /** Changes when the ground does. */
  key: unknown;
  domain: Domain;
  value(x: number, y: number): number;
  minima: Point[];
  start: Point;
  home: Point;
  paths: Path[];
  cursor: number;
  /** The path that lies over the others; the last, if none is named. */
  over?: number;
}

// ---------------------------------------------------------------- what is known of an optimizer

export interface Method {
  id: string;
  label: string;
  year: number;
  /** Its family. */
  lane: string;
  source: string;
  idea: string;
  /** MathML. */
  formula: string;
  code: string;
  state: string;
  bytes: number;
  hyperparameters: [name: string, symbol: string, usual: string][];
  above: string[];
  below: string[];
  chapter: string;
  elementwise: boolean;
  behaviour: Behaviour;
}
export interface Behaviour {
  scale: boolean;
  diagonal: boolean;
  rotation: "all" | "sides" | "none";
  coasts: boolean;
  first: number;
  first_grows: boolean;
  outlier: number;
  decay: "lr" | "own" | "mixed" | "";
}
export interface Claim {
  pro: boolean;
  statement: string;
  measured: string;
  verdict: string;
  conditions: string;
  about: string[];
}
