// The race: several optimizers train the same network, from one start along the same batches.

/** @import {Mathematics, Model, State, Style} from "../types.d.ts" */
/** @import {Given, Seen} from "../race/engine.js" */
/** @import {Points} from "../race/map.js" */
/** @import {Own} from "../yours.js" */
import { Chart } from "../chart.js";
import { Chips } from "../chips.js";
import { h } from "../dom.js";
import { add, kindOf } from "../kinds.js";
import { known } from "../known.js";
import { format, within } from "../numbers.js";
import { Panel } from "../panel.js";
import { beside } from "../place.js";
import { LaneView, percent } from "../race/lane.js";
import { medians } from "../race/medians.js";
import { Pad } from "../race/pad.js";
import { Runner } from "../race/runner.js";
import { evaluated } from "../source.js";
import { DISC, stylesOf } from "../styles.js";
import { kept, OWN, THEIRS, YOURS } from "../yours.js";

/** @typedef {{rule: string, lr: number}} Entrant */
/** @typedef {{t: number, steps: number, every: number, done: boolean, lanes: Seen[]}} Report */
/** @typedef {{done: boolean, share: number, runs: number, rates: number[], losses: (number | null)[][]}} Tuned */

const SIZE = { height: 180, low: 130 };
/** Losses that are shown; one that was never so large is no better seen for one that was. */
const MOST = 10;
/** The rate that all have where none is tuned. */
const SAME = 0.01;

/** Readings of the size of steps, which jumps from batch to batch, that are shown by their median. */
const WINDOW = 10;

/** In how many pieces a race is shown at least: in no time there would be nothing to watch. */
const SLICES = 150;
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Names in a sentence. @type {(names: string[]) => string} */
const listed = (names) => names.join(", ").replace(/, ([^,]*)$/, " and $1");

/** Decades that hold some numbers, those at least that are `given`. @type {(values: number[], given: [number, number]) => [number, number]} */
function decades(values, [low, high]) {
  const shown = values.filter((value) => Number.isFinite(value) && value > 0);
  const [least, most] = [Math.min(low, ...shown), Math.max(high, ...shown)];
  return [
    Math.max(1e-12, 10 ** Math.floor(Math.log10(least))),
    Math.min(1e6, 10 ** Math.ceil(Math.log10(most))),
  ];
}

export class Race extends Panel {
  loss = new Chart("Training loss", "step", SIZE);
  accuracy = new Chart("Test accuracy", "step", SIZE);
  sizes = new Chart("Size of steps (thin: layer 2)", `step; medians of ${WINDOW} readings`, SIZE);
  rates = new Chart("Held-out loss by rate", "learning rate", SIZE);
  pad = new Pad({
    draw: (image) => {
      this.order({ do: "read", image }, this.begun);
      return this.begun ? "Each network reads it:" : "Race, and each reads it:";
    },
    show: () => this.order({ do: "show", index: this.index++ }),
  });
  chips = new Chips((id) => this.toggle(id));
  entered = h("ol", { class: "fo-entrants" });
  go = h("button", { type: "button", class: "fo-primary", onclick: () => this.press() }, "Race");
  tune = h("button", { type: "button", onclick: () => this.fair() }, "Fair race");
  even = h("button", { type: "button", onclick: () => this.equal() }, "Same rate for all");
  guesses = h("select", {
    "aria-label": "My guess: whose loss will be the lowest?",
    onchange: () => {
      this.guess = this.guesses.value;
    },
  });
  /** @type {LaneView[]} */
  lanes = [];
  laned = "";
  /** Whether a race has been asked for: from then on a change of the state begins another. */
  begun = false;
  /** Who the reader says will end lowest: in the next race, and in that which is shown. */
  guess = "";
  bet = "";
  /** Whether a slider is in the reader's hand. */
  held = false;
  paused = false;
  id = 0;
  index = 0;
  /** The state of the race that is shown, and what it tells. */
  key = "";
  /** @type {Report | undefined} */
  heat = undefined;
  /** @type {number[][]} */
  said = [];
  /** The examples, where they are places in the plane. @type {Points | undefined} */
  points = undefined;
  /** What the search for rates was for, and what it tells. */
  tunedFor = "";
  /** @type {Tuned | undefined} */
  tuned = undefined;
  /** The rates that the last search found best, and where. */
  found = { setting: "", rates: new Map() };
  lost = "";
  /** @type {Runner | undefined} */
  runner = undefined;

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics);
    /** What a link with somebody's own rule has opened. @type {any} */
    this.theirs = undefined;
    this.names.push("optimizers");
    this.given = this.state;
    this.list();
  }

  /** Offers all that can race, and first the rule that the reader has edited last, on whichever page. */
  list() {
    const own = kept();
    if (own) this.rules.set(YOURS, /** @type {any} */ (own));
    const [edited, others] = [true, false].map((mine) =>
      this.ruled.filter(({ id }) => OWN.includes(id) === mine),
    );
    const groups = /** @type {[string, any[]][]} */ ([
      ["Edited", edited],
      ["Who races", others],
    ]);
    this.chips.list(new Map(groups.filter(([, rules]) => rules.length)));
  }

  charts() {
    return [this.loss, this.accuracy, this.sizes, this.rates];
  }

  build() {
    const charts = this.charts();
    this.shown = charts;
    for (const chart of charts) chart.onresize = () => this.schedule();
    for (const chart of charts.slice(0, 3)) chart.listen({ hover: (x) => this.hover(x) });
    this.tools.append(h("button", { type: "button", onclick: () => this.reset() }, "Reset"));
    this.tune.title = `Tries ${this.data.rates.length} learning rates for each, judged by examples held out, and races with the best`;
    const { task, precision, ...numbers } = Object.fromEntries(
      Array.from(this.controls, ([name, { element }]) => [name, element]),
    );
    return this.frame(
      "panel fo-race fo-pair",
      this.model.get("title"),
      h(
        "div",
        { class: "fo-top" },
        task,
        h("div", { class: "fo-row fo-start" }, this.go, this.tune, this.even, this.readout),
        this.guesses,
      ),
      h("div", { class: "fo-views" }, ...charts.map(({ element }) => element)),
      h("div", { class: "fo-course" }, this.pad.element, this.entered),
      h("div", { class: "fo-row fo-settings" }, ...Object.values(numbers), precision),
      h(
        "details",
        { class: "fo-who", ontoggle: () => this.relist() },
        h("summary", {}, "Add or remove optimizers"),
        h("p", { class: "fo-hint" }, "Those of the book that have a rate and work element by element."),
        this.chips.element,
      ),
      h("div", { class: "fo-foot" }, h("span"), this.tools),
    );
  }

  relist() {
    if (JSON.stringify(kept()) === JSON.stringify(this.rules.get(YOURS))) return;
    this.list();
    this.laned = "";
    this.schedule();
  }

  // ---- a rule that is in no book

  /**
   * A link may hold the text of somebody's own rule, which races once the reader says so, and all others until then.
   * @param {Record<string, any>} asked
   */
  restore({ own, ...asked }) {
    const { text, values } = /** @type {Partial<Own>} */ (this.rules.get(YOURS) ?? {});
    if (own === undefined || (text && JSON.stringify({ text, values }) === JSON.stringify(own)))
      return super.restore(this.able(asked));
    this.ask(own, asked.optimizers);
    const { optimizers } = asked;
    const known = Array.isArray(optimizers) ? optimizers.filter((one) => one?.rule !== YOURS) : [];
    delete asked.optimizers;
    return super.restore(known.length ? { ...asked, optimizers: known } : asked);
  }

  /**
   * An editor does not know whether what its rule began as can race, and is not refused for that.
   * @param {Record<string, any>} asked
   */
  able(asked) {
    const { optimizers } = asked;
    if (!Array.isArray(optimizers) || !this.rules.has(YOURS) || optimizers[0]?.rule !== YOURS) return asked;
    return { ...asked, optimizers: optimizers.filter((one) => this.rules.has(one?.rule)) };
  }

  /**
   * @param {unknown} own
   * @param {Entrant[]} [entrants]
   */
  async ask(own, entrants) {
    try {
      const Theirs = /** @type {any} */ (await kindOf("theirs"));
      this.theirs ??= new Theirs(this, beside("../python/worker.js"));
      this.element.prepend(this.theirs.element);
      await this.theirs.receive(own, entrants);
    } catch (error) {
      this.say(() => `The rule in this link did not come: ${/** @type {Error} */ (error).message}`);
    }
  }

  /**
   * Lets the rule of a link race: among those of the link, or of now.
   * @param {Own} rule
   * @param {Entrant[]} [linked]
   */
  join(rule, linked) {
    this.rules.set(THEIRS, /** @type {any} */ (rule));
    this.list();
    this.laned = "";
    const asked = linked?.map?.((one) => (one?.rule === YOURS ? { ...one, rule: THEIRS } : one));
    const among = (/** @type {Entrant[] | undefined} */ some) => some?.some(({ rule }) => rule === THEIRS);
    const now = among(this.entrants) ? this.entrants : [{ rule: THEIRS, lr: SAME }, ...this.entrants];
    const theirs = among(asked) && this.allows("optimizers", asked) ? asked : undefined;
    this.set({ optimizers: theirs ?? now.slice(0, this.data.most) });
    this.race();
    this.go.focus({ preventScroll: true });
    this.go.scrollIntoView();
  }

  /** A link has the text of a rule that is in no book: of the reader's own, or else of the last link's. */
  get changes() {
    const changes = super.changes;
    const racing = this.entrants.map(({ rule }) => /** @type {any} */ (this.rules.get(rule)));
    const one = racing.find(({ id, text }) => OWN.includes(id) && text);
    if (!one) return changes;
    const optimizers = this.entrants
      .filter(({ rule }) => rule === one.id || !OWN.includes(rule))
      .map(({ rule, lr }) => ({ rule: rule === one.id ? YOURS : rule, lr }));
    return { ...changes, optimizers, own: { text: one.text, values: one.values } };
  }

  // ---- the state

  /** A tour begins from who races on this page. */
  get usual() {
    return structuredClone(this.given);
  }

  /**
   * A guide speaks of what comes of a race.
   * @param {State} state
   */
  bring(state) {
    this.begun = true;
    super.bring(state);
  }

  /** Whether the examples are places in the plane. */
  get plane() {
    return this.state.task !== "digits";
  }

  /** @returns {Entrant[]} */
  get entrants() {
    return this.state.optimizers;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  allows(name, value) {
    if (name !== "optimizers") return super.allows(name, value);
    const [low, high] = this.data.rate;
    return (
      Array.isArray(value) &&
      within(value.length, 1, this.data.most) &&
      new Set(value.map((one) => one?.rule)).size === value.length &&
      value.every(
        (one) => Object.keys(one ?? {}).length === 2 && this.rules.has(one.rule) && within(one.lr, low, high),
      )
    );
  }

  /**
   * @param {State} changes
   * @param {boolean} [done]
   */
  take(changes, done = true) {
    this.held = !done;
    super.take(changes, done);
  }

  /** @param {string} id */
  toggle(id) {
    const { entrants } = this;
    const left = entrants.filter(({ rule }) => rule !== id);
    if (left.length < entrants.length) {
      if (left.length) this.set({ optimizers: left });
    } else if (entrants.length < this.data.most)
      this.set({ optimizers: [...entrants, { rule: id, lr: SAME }] });
    else this.say(() => `No more than ${this.data.most} race at once: remove one first.`);
  }

  /**
   * @param {string} id
   * @param {number} lr
   * @param {boolean} done
   */
  rate(id, lr, done) {
    this.set({ optimizers: this.entrants.map((one) => (one.rule === id ? { rule: id, lr } : one)) }, done);
  }

  equal() {
    this.set({ optimizers: this.entrants.map(({ rule }) => ({ rule, lr: SAME })) });
    if (!this.begun) this.race();
  }

  // ---- the race

  /**
   * @param {object} order
   * @param {boolean} [needed] whether it is worth starting for
   */
  order(order, needed = true) {
    if (!needed && !this.runner) return;
    this.runner ??= new Runner({
      files: this.files,
      load: () => this.load(),
      answer: (answer) => this.hear(answer),
      failed: (error) => {
        this.lost = `The race could not start: ${error instanceof Error ? error.message : error}.`;
        this.runner = undefined;
        this.schedule();
      },
    });
    this.runner.take(order);
  }

  /** The files of the rules and of the sets, on a page. @returns {string[]} */
  get files() {
    const host = /** @type {HTMLElement | null} */ (this.element.closest("[data-later]"));
    const { updates, sets } = JSON.parse(host?.dataset.later ?? "{}");
    return updates && sets ? [updates, sets] : [];
  }

  /** @returns {Promise<Given>} */
  async load() {
    const written = this.model.get("sets");
    const [{ rules }, sets] = await Promise.all([
      evaluated(this.model.get("updates")),
      typeof written === "function" ? written() : written,
    ]);
    return { updates: rules, sets };
  }

  /** What a race is, as the engine wants it. */
  get course() {
    const { optimizers, ...setting } = this.state;
    const racer = (/** @type {string} */ id) => /** @type {any} */ (known(this.rules, id));
    return {
      id: ++this.id,
      setting,
      entrants: optimizers.map((/** @type {Entrant} */ { rule, lr }) => ({ racer: racer(rule), lr })),
    };
  }

  /** What a search for rates is for: all but the rates. */
  get search() {
    const { optimizers, ...setting } = this.state;
    return JSON.stringify([setting, optimizers.map((/** @type {Entrant} */ { rule }) => rule)]);
  }

  /** All but who races. */
  get setting() {
    return JSON.stringify({ ...this.state, optimizers: null });
  }

  /** Whether some race at the rate that was best for them elsewhere. */
  get astray() {
    const { setting, rates } = this.found;
    return (
      setting !== "" &&
      setting !== this.setting &&
      this.entrants.some(({ rule, lr }) => lr !== SAME && rates.get(rule) === lr)
    );
  }

  press() {
    if (this.begun && this.heat && !this.heat.done && !this.searching) {
      this.paused = !this.paused;
      this.order({ do: "pause", paused: this.paused });
      this.schedule();
    } else this.race();
  }

  get searching() {
    return this.tuned !== undefined && !this.tuned.done && this.tunedFor === this.search;
  }

  race() {
    this.begun = true;
    this.paused = false;
    this.lost = "";
    [this.bet, this.guess] = [this.guess, ""];
    this.key = JSON.stringify(this.state);
    if (!this.tuned?.done || this.tunedFor !== this.search) this.tuned = undefined;
    this.heat = undefined;
    this.said = [];
    this.points = undefined;
    this.order({ do: "race", ...this.course, slices: calm() ? 1 : SLICES });
    if (!this.plane && this.pad.pixels.some(Boolean)) this.order({ do: "read", image: this.pad.pixels });
    this.schedule();
  }

  fair() {
    this.begun = true;
    this.paused = false;
    this.lost = "";
    this.key = JSON.stringify(this.state);
    this.tunedFor = this.search;
    const { rates } = this.data;
    this.tuned = {
      done: false,
      share: 0,
      runs: 0,
      rates,
      losses: this.entrants.map(() => rates.map(() => null)),
    };
    this.heat = undefined;
    this.order({ do: "tune", ...this.course, rates });
    this.say(() => `Trying ${rates.length} rates for each.`);
    this.schedule();
  }

  /** @param {any} answer */
  hear(answer) {
    if (answer.is === "image") this.pad.show(answer.image, answer.label);
    else if (answer.id !== this.id)
      return; // of an order that another has followed
    else if (answer.is === "said") this.said = answer.said;
    else if (answer.is === "points") this.points = answer;
    else if (answer.is === "race") this.heat = answer;
    else {
      this.tuned = answer;
      if (answer.done) this.settle(answer);
    }
    if (answer.is === "race" && answer.done) this.say(() => this.told());
    this.schedule();
  }

  /**
   * Each at the rate that was best for it; one that has diverged at all of them keeps its own.
   * @param {Tuned} tuned
   */
  settle({ rates, losses }) {
    const optimizers = this.entrants.map(({ rule, lr }, row) => {
      const found = /** @type {number[]} */ (losses[row]);
      const best = Math.min(...found);
      return { rule, lr: Number.isFinite(best) ? rates[found.indexOf(best)] : lr };
    });
    this.found = { setting: this.setting, rates: new Map(optimizers.map(({ rule, lr }) => [rule, lr])) };
    this.set({ optimizers });
    this.race();
  }

  stop() {
    this.runner?.stop();
  }

  // ---- what is seen

  redraw() {
    const { state, entrants, theme } = this;
    if (this.begun && !this.held && JSON.stringify(state) !== this.key) this.race();
    const styles = stylesOf(entrants.map(({ rule }) => rule));
    this.showLanes(entrants, styles);
    this.showCharts(state, styles);
    this.pad.draw(theme);
    this.pad.element.hidden = this.plane;
    this.element.classList.toggle("fo-plane", this.plane);
    const done = this.heat?.done;
    const running = this.begun && this.heat && !done && !this.searching;
    this.go.textContent = running ? (this.paused ? "Go on" : "Pause") : done ? "Race again" : "Race";
    this.chips.update(
      /** @type {any[]} */ (entrants.map(({ rule }, k) => ({ optimizer: { rule }, style: styles[k] }))),
      theme.name,
    );
    this.readout.textContent = this.told();
    for (const [name, control] of this.controls) control.update(state[name]);
  }

  /**
   * @param {Entrant[]} entrants
   * @param {Style[]} styles
   */
  showLanes(entrants, styles) {
    const names = JSON.stringify(entrants.map(({ rule }) => rule));
    if (names !== this.laned) {
      this.laned = names;
      const [min, max] = this.data.rate;
      this.lanes = entrants.map(({ rule }, k) => {
        const dial = {
          name: "lr",
          symbol: "η",
          meaning: "rate",
          min,
          max,
          scale: /** @type {const} */ ("log"),
          default: SAME,
        };
        return new LaneView(known(this.rules, rule).label, styles[k], dial, {
          rate: (lr, done) => this.rate(rule, lr, done),
          remove: () => this.toggle(rule),
        });
      });
      this.entered.replaceChildren(...this.lanes.map(({ element }) => element));
      this.guesses.replaceChildren(
        h("option", { value: "" }, "My guess …"),
        ...entrants.map(({ rule }) =>
          h("option", { value: rule }, `Guess: ${known(this.rules, rule).label}`),
        ),
      );
      if (!entrants.some(({ rule }) => rule === this.guess)) this.guess = "";
    }
    this.guesses.value = this.guess;
    const records = this.heat?.lanes ?? [];
    const first = this.first(records);
    this.lanes.forEach((lane, k) => {
      lane.update(this.theme, entrants[k].lr, entrants.length === 1, this.plane);
      lane.stand(records[k], k === first);
      if (this.plane) lane.draw(this.theme, this.said[k], this.points);
      else lane.say(this.said[k]);
    });
  }

  /**
   * The place of the least loss among those that have not diverged, after the first steps.
   * @param {Seen[]} records
   */
  first(records) {
    const last = records.map(({ losses, diverged }) =>
      diverged === null && losses.length > 1 ? losses[losses.length - 1] : Infinity,
    );
    const least = Math.min(...last);
    return Number.isFinite(least) ? last.indexOf(least) : -1;
  }

  /**
   * @param {State} state
   * @param {Style[]} styles
   */
  showCharts({ steps, optimizers }, styles) {
    const { theme, hovered: cursor } = this;
    const records = this.heat?.lanes ?? [];
    const at = (/** @type {number} */ count) =>
      Array.from({ length: count }, (_, k) => Math.min(k * (this.heat?.every ?? 1), steps));
    const look = (/** @type {number} */ k) => ({
      colour: styles[k][theme.name],
      dash: styles[k].dash,
      named: true,
    });
    const curve = (/** @type {number[]} */ ys, /** @type {number} */ k) => ({
      xs: at(ys.length),
      ys,
      ...look(k),
    });
    const stepped = (/** @type {number[]} */ ys, /** @type {number} */ k) => ({
      ...curve(ys, k),
      xs: at(ys.length + 1).slice(1), // at the start no step has been made
    });
    const x = /** @type {[number, number]} */ ([0, steps]);
    const losses = records.map((record) => record.losses);
    this.loss.draw(theme, {
      x,
      y: decades(
        losses.flat().map((loss) => Math.min(loss, MOST)),
        [0.1, 1],
      ),
      log: true,
      cursor,
      curves: losses.map(curve),
    });
    this.accuracy.draw(theme, {
      x,
      y: [0, 1],
      cursor,
      curves: records.map((r, k) => curve(r.accuracies, k)),
    });
    const layers = [0, 1].map((layer) =>
      records.map(({ sizes }) =>
        medians(
          sizes.slice(1).map((size) => size[layer]),
          WINDOW,
        ),
      ),
    );
    this.sizes.draw(theme, {
      x,
      y: decades(layers.flat(2), [1e-4, 1e-2]),
      log: true,
      cursor,
      curves: [
        ...layers[0].map(stepped),
        ...layers[1].map((ys, k) => ({ ...stepped(ys, k), thin: true, named: false })),
      ],
    });
    this.showRates(optimizers, look);
  }

  /**
   * @param {Entrant[]} entrants
   * @param {(k: number) => {colour: string, dash: number[]}} look
   */
  showRates(entrants, look) {
    const { theme, tuned } = this;
    const { rates } = this.data;
    const shown = this.tunedFor === this.search && tuned ? tuned.losses : [];
    const rows = shown.map((losses) => {
      const there = losses.map((loss, k) => ({ loss: loss ?? Infinity, rate: rates[k] }));
      return there.filter(({ loss }) => Number.isFinite(loss));
    });
    this.rates.draw(theme, {
      x: [rates[0] / 1.5, rates[rates.length - 1] * 1.5],
      y: decades(
        rows.flat().map(({ loss }) => Math.min(loss, MOST)),
        [0.1, 1],
      ),
      logx: true,
      log: true,
      note: shown.length ? "" : "fair race",
      curves: rows.map((row, k) => ({
        xs: row.map(({ rate }) => rate),
        ys: row.map(({ loss }) => loss),
        ...look(k),
      })),
      stamps: rows.flatMap((row, k) =>
        row
          .filter(({ rate }) => rate === entrants[k].lr)
          .map(({ rate, loss }) => ({
            x: rate,
            y: Math.min(loss, MOST),
            path: DISC,
            colour: look(k).colour,
          })),
      ),
    });
  }

  /** How it stands, in words. */
  told() {
    const { heat: report, tuned, entrants } = this;
    const names = entrants.map(({ rule }) => known(this.rules, rule).label);
    if (this.lost) return this.lost;
    if (this.searching && tuned) {
      return `Trying ${tuned.rates.length} rates for each, ${tuned.runs} runs of ${this.state.steps} steps: ${Math.floor(100 * tuned.share)} % done.`;
    }
    if (!report) {
      const [first, ...others] = names;
      const own = [YOURS, THEIRS].includes(entrants[0].rule) && others.length > 0;
      const who = own ? `${first} against ${listed(others)}` : listed(names);
      const [rate, ...rates] = new Set(entrants.map(({ lr }) => lr));
      const at = rates.length ? "each at its own rate" : `at the rate ${format(rate, 3)}`;
      return `${who}, ${at}.${own ? " Press Race, or Fair race to find each its best rate." : ""}`;
    }
    const first = this.first(report.lanes);
    if (first < 0) return `Step ${report.t} of ${report.steps}.`;
    const loss = format(/** @type {number} */ (report.lanes[first].losses.at(-1)), 3);
    const right = report.lanes.map(({ accuracies, diverged }) =>
      diverged === null ? (accuracies.at(-1) ?? 0) : 0,
    );
    const most = Math.max(...right);
    const best = right[first] === most ? "and" : listed(names.filter((_, k) => right[k] === most));
    const led = `${names[first]} ${report.done ? "ends" : "leads"} with the lowest training loss, ${loss}, ${best} the best test accuracy, ${percent(most)}.`;
    const fair =
      this.tunedFor === this.search && tuned?.done
        ? ` Each had ${tuned.rates.length} rates to choose from.`
        : this.astray
          ? " These rates were best elsewhere; Fair race finds the best here."
          : "";
    const guessed = entrants.findIndex(({ rule }) => rule === this.bet);
    const guess =
      guessed < 0 ? "" : ` Your guess was ${names[guessed]}${guessed === first ? ": right" : ""}.`;
    return report.done ? `${led}${fair}${guess}` : `Step ${report.t} of ${report.steps}: ${led}`;
  }
}

add("race", Race);
