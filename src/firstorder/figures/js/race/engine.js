// Trains one network by several rules, from the same start along the same batches: in a worker, or a slice at a time.

/** @import {Numbers, Update} from "../types.d.ts" */
/** @import {Examples, Floats, Kind, Written} from "./network.js" */

import { interpreted } from "../interpret.js";
import { mislabelled, Network, part, read } from "./network.js";
import { mapOf, PLANE } from "./plane.js";
import { batches } from "./random.js";

/** @typedef {object} Racer a rule, as `race.py` describes it
 * @property {string} id
 * @property {string} label
 * @property {{initial: number | string, scalar: boolean}[]} state
 * @property {Numbers} values its hyperparameters
 * @property {string} [source] of a reader's own, which is in no file
 */

/** @typedef {object} Setting what a training is, besides its rule
 * @property {string} task what is learnt
 * @property {number} hidden
 * @property {number} batch
 * @property {number} noise the share of wrong labels
 * @property {number} seed
 * @property {number} steps
 * @property {string} precision "float32" or "float64"
 */

/** @typedef {{racer: Racer, lr: number}} Entrant */

/** @typedef {object} Seen what is seen of an entrant at some steps
 * @property {number[]} losses
 * @property {number[]} accuracies
 * @property {number[][]} sizes of the last step in W1 and in W2: root mean squares
 * @property {number | null} diverged the step that led out of the finite numbers
 */

/** @typedef {object} Given what comes from files
 * @property {Record<string, Update>} updates
 * @property {Record<string, Written>} sets
 */

/** How often a run is looked at. */
const LOOKS = 60;
/** Of a seed, so that wrong labels are not those of the first batches (race.py). */
export const ELSEWHERE = 1_000_000;

/** @type {(name: string) => Kind} */
const kindOf = (name) => (name === "float64" ? Float64Array : Float32Array);

/**
 * @param {Given} given
 * @param {string} task
 */
function setOf({ sets }, task) {
  if (!Object.hasOwn(sets, task)) throw new Error(`no set is called ${task}`);
  return sets[task];
}

/**
 * What is learnt, and the network that learns it.
 * @param {Given} given
 * @param {Setting} setting
 */
function prepared(given, { task, hidden, precision }) {
  const kind = kindOf(precision);
  const written = setOf(given, task);
  const network = new Network(written.inputs, hidden, written.classes, kind);
  return { written, examples: read(written, kind), network };
}

/** A rule at work on a network's weights, each array of them by itself. */
class Lane {
  /**
   * @param {Given} given
   * @param {Entrant} entrant
   * @param {Network} network
   * @param {Floats} start
   */
  constructor({ updates }, { racer, lr }, network, start) {
    this.update = racer.source ? interpreted(racer.source) : updates[racer.id];
    if (!this.update) throw new Error(`no rule is called ${racer.id}`);
    this.network = network;
    this.p = start.slice();
    this.g = new network.kind(this.p.length);
    this.before = this.p;
    /** @type {Numbers} */
    this.scalars = { ...racer.values, lr, t: 0 };
    const { at, kind } = network;
    this.parts = [0, 1, 2, 3].map((k) => [
      this.p.subarray(at[k], at[k + 1]),
      this.g.subarray(at[k], at[k + 1]),
      ...racer.state.map(({ initial, scalar }) =>
        (scalar ? new Float64Array(1) : new kind(at[k + 1] - at[k])).fill(
          typeof initial === "string" ? this.scalars[initial] : initial,
        ),
      ),
    ]);
    /** @type {Seen} */
    this.record = { losses: [], accuracies: [], sizes: [], diverged: null };
  }

  /**
   * @param {number} t
   * @param {Examples} examples
   * @param {Uint32Array} batch
   */
  step(t, examples, batch) {
    this.network.gradient(this.p, examples, batch, this.g);
    this.scalars.t = t;
    for (const [p, g, ...state] of this.parts)
      this.update(/** @type {Float64Array} */ (p), /** @type {Float64Array} */ (g), ...state, this.scalars);
  }

  /** Keeps the weights, to see how far the next step goes. */
  keep() {
    this.before = this.p.slice();
  }

  /** How far the weights of each layer went since they were kept: root mean squares. */
  size() {
    const { at } = this.network;
    return [0, 2].map((k) => {
      let sum = 0;
      for (let n = at[k]; n < at[k + 1]; n++) sum += (this.p[n] - this.before[n]) ** 2;
      return Math.sqrt(sum / (at[k + 1] - at[k]));
    });
  }

  /**
   * @param {number} t
   * @param {Examples} train
   * @param {Examples} test
   */
  look(t, train, test) {
    const { record, network, p } = this;
    const { loss } = network.judge(p, train);
    record.losses.push(loss);
    record.accuracies.push(network.judge(p, test).accuracy);
    record.sizes.push(this.size());
    if (!Number.isFinite(loss) || !p.every(Number.isFinite)) record.diverged = t;
  }
}

/** All entrants over all steps. */
export class Race {
  /**
   * @param {Given} given
   * @param {Setting} setting
   * @param {Entrant[]} entrants
   */
  constructor(given, setting, entrants) {
    const { batch, noise, seed, steps } = setting;
    const { written, examples, network } = prepared(given, setting);
    const { classes, train } = written;
    this.network = network;
    this.train = mislabelled(part(examples, 0, train), classes, noise, seed + ELSEWHERE);
    this.test = part(examples, train, examples.labels.length);
    this.batches = batches(train, batch, seed);
    const start = this.network.start(seed);
    this.lanes = entrants.map((entrant) => new Lane(given, entrant, this.network, start));
    this.steps = steps;
    this.every = Math.max(1, Math.ceil(steps / LOOKS));
    this.t = 0;
    /** Whose step comes next. To look at all of them at once would take longer than a slice of a frame. */
    this.turn = 0;
    /** @type {Uint32Array} */
    this.batch = new Uint32Array();
    for (const lane of this.lanes) lane.look(0, this.train, this.test);
  }

  get done() {
    const over = this.t >= this.steps || this.lanes.every(({ record }) => record.diverged !== null);
    return this.turn === 0 && over;
  }

  /** A step of the one whose turn it is, if it has not diverged. */
  step() {
    if (this.turn === 0) {
      this.t++;
      this.batch = /** @type {Uint32Array} */ (this.batches.next().value);
    }
    const lane = this.lanes[this.turn];
    this.turn = (this.turn + 1) % this.lanes.length;
    if (lane.record.diverged !== null) return;
    const looked = this.t % this.every === 0 || this.t === this.steps;
    if (looked) lane.keep();
    lane.step(this.t, this.train, this.batch);
    if (looked) lane.look(this.t, this.train, this.test);
  }

  /** What there is to see so far. */
  get report() {
    const { t, steps, every, done } = this;
    return { is: "race", t, steps, every, done, lanes: this.lanes.map(({ record }) => record) };
  }
}

/** Every entrant at every rate, judged by images that none is trained on and that are not those of the test. */
export class Tuning {
  /**
   * @param {Given} given
   * @param {Setting} setting
   * @param {Entrant[]} entrants
   * @param {number[]} rates
   */
  constructor(given, setting, entrants, rates) {
    const { batch, noise, seed, steps } = setting;
    const { written, examples, network } = prepared(given, setting);
    const { classes, train, fit, starts } = written;
    this.given = given;
    this.network = network;
    this.held = part(examples, fit, train);
    /** Starts, batches and wrong labels, all of other seeds than those of the race. */
    this.trials = Array.from({ length: starts }, (_, k) => {
      const own = seed + 1 + k;
      const order = batches(fit, batch, own);
      return {
        start: this.network.start(own),
        fit: mislabelled(part(examples, 0, fit), classes, noise, own + ELSEWHERE),
        batches: Array.from({ length: steps }, () => /** @type {Uint32Array} */ (order.next().value)),
      };
    });
    this.jobs = entrants.flatMap((entrant, row) =>
      rates.flatMap((lr, k) => this.trials.map((trial) => ({ ...entrant, lr, row, k, trial }))),
    );
    /** Held-out losses by entrant and rate, means of all trials; null where there is none yet, infinite where one diverged. */
    this.losses = entrants.map(() => rates.map(() => /** @type {number | null} */ (null)));
    this.rates = rates;
    this.t = 0;
    this.at = 0;
    this.sum = 0;
    this.lane = this.next();
  }

  get done() {
    return this.at >= this.jobs.length;
  }

  next() {
    const job = this.jobs[this.at];
    return job && new Lane(this.given, job, this.network, job.trial.start);
  }

  step() {
    const { lane, trials } = this;
    if (!lane) return;
    const { row, k, trial } = this.jobs[this.at];
    lane.step(this.t + 1, trial.fit, trial.batches[this.t]);
    this.t++;
    const lost = !Number.isFinite(lane.p[0] + lane.p[lane.p.length - 1]);
    if (this.t < trial.batches.length && !lost) return;
    const { loss } = this.network.judge(lane.p, this.held);
    this.sum += Number.isFinite(loss) ? loss : Infinity;
    if (trial === trials[trials.length - 1]) {
      this.losses[row][k] = this.sum / trials.length;
      this.sum = 0;
    }
    this.at++;
    this.t = 0;
    this.lane = this.next();
  }

  /** What there is to see so far. */
  get report() {
    const { done, rates, losses, at, jobs } = this;
    return {
      is: "tuning",
      done,
      rates,
      losses,
      runs: jobs.length,
      share: jobs.length ? at / jobs.length : 1,
    };
  }
}

/** Does what messages ask for, a slice of time at a time, and answers by messages. */
export class Engine {
  /**
   * @param {Given} given
   * @param {(answer: any) => void} answer
   * @param {(go: () => void, wait: number) => void} later in so many milliseconds
   * @param {number} slice milliseconds
   */
  constructor(given, answer, later, slice) {
    this.given = given;
    this.answer = answer;
    this.later = later;
    this.slice = slice;
    /** @type {Race | Tuning | undefined} */
    this.task = undefined;
    /** The last race, whose networks read digits. @type {Race | undefined} */
    this.race = undefined;
    /** @type {number[] | undefined} */
    this.image = undefined;
    this.paused = false;
    this.waiting = false;
    /** Steps in a slice at most, so that a short race can be watched. */
    this.most = Infinity;
    /** Which order is carried out, so that who gave another since knows old answers. */
    this.id = 0;
    this.raced = 0;
    /** How many looks the maps that were told of last had had. */
    this.mapped = 0;
  }

  /** @param {{do: string, id: number, setting: Setting, entrants: Entrant[], rates: number[], slices: number, image: number[], paused: boolean, index: number}} order */
  take(order) {
    const { setting, entrants, rates } = order;
    if (order.do === "race") {
      this.race = new Race(this.given, setting, entrants);
      this.raced = order.id;
      this.mapped = 0;
      this.most = entrants.length * Math.ceil(setting.steps / (order.slices ?? 1));
      const { values, labels, inputs } = this.race.train;
      if (inputs === PLANE)
        this.answer({ is: "points", id: order.id, places: [...values], labels: [...labels] });
      this.begin(this.race, order.id);
    } else if (order.do === "tune") this.begin(new Tuning(this.given, setting, entrants, rates), order.id);
    else if (order.do === "pause") {
      this.paused = order.paused;
      this.go();
    } else if (order.do === "read") {
      this.image = order.image;
      this.say();
    } else if (order.do === "show") {
      const { digits } = this.given.sets;
      const k = digits.train + (order.index % (digits.labels.length - digits.train));
      const { values, labels } = part(read(digits, Float64Array), k, k + 1);
      this.image = [...values];
      this.answer({ is: "image", image: this.image, label: labels[0] });
      this.say();
    }
  }

  /**
   * @param {Race | Tuning} task
   * @param {number} id
   */
  begin(task, id) {
    this.task = task;
    this.id = id;
    this.paused = false;
    this.tell();
    this.say();
    this.go();
  }

  /** @param {number} [wait] */
  go(wait = 0) {
    if (this.waiting || this.paused || !this.task || this.task.done) return;
    this.waiting = true;
    this.later(
      () => {
        this.waiting = false;
        const { task } = this;
        if (!task || this.paused) return;
        const end = performance.now() + this.slice;
        let left = task === this.race ? this.most : Infinity;
        while (!task.done && left-- > 0 && performance.now() < end) task.step();
        this.tell();
        if (task === this.race) this.say();
        this.go(left < 0 ? end - performance.now() : 0);
      },
      Math.max(0, wait),
    );
  }

  tell() {
    if (this.task) this.answer({ ...this.task.report, id: this.id });
  }

  /** What each network says of the digit that was drawn, or of every place in the plane where one has looked since. */
  say() {
    const { race, image } = this;
    if (!race) return;
    const { network, lanes } = race;
    if (network.inputs === PLANE) {
      const looks = Math.max(...lanes.map(({ record }) => record.losses.length));
      if (looks === this.mapped) return;
      this.mapped = looks;
      this.answer({ is: "said", id: this.raced, said: lanes.map(({ p }) => mapOf(network, p)) });
    } else if (image) {
      const pixels = network.kind.from(image);
      this.answer({ is: "said", id: this.raced, said: lanes.map(({ p }) => network.says(p, pixels)) });
    }
  }
}
