// Controls: sliders, choices and switches.

/** @import {ChoiceControl, Control, Dial, OnValue, SwitchControl} from "./types.d.ts" */
import { h, unique } from "./dom.js";
import { clamp, format, within } from "./numbers.js";
import { SCALES } from "./scales.js";

/** A labelled slider of a scale, its default marked on the track. */
export class Slider {
  /**
   * @param {Dial} dial
   * @param {string} owner whose number it is, for readers who do not see that
   * @param {OnValue<number>} onvalue
   */
  constructor({ symbol, name, meaning, min, max, scale = "linear", default: usual }, owner, onvalue) {
    this.range = { min, max };
    this.scale = SCALES[scale];
    this.usual = usual;
    this.value = usual;
    this.at = 0;
    this.notch = this.scale.notch?.(this.range) ?? 0.005;
    const id = unique();
    this.input = h("input", {
      type: "range",
      id,
      min: 0,
      max: 1,
      step: this.notch,
      "aria-label": `${owner} ${meaning} (${name})`,
      oninput: () => {
        this.skip();
        onvalue(this.read(), false);
      },
      onchange: () => onvalue(this.read(), true),
    });
    this.output = h("span", { class: "fo-value" });
    this.reset = h(
      "button",
      {
        type: "button",
        title: `Back to the default, ${format(usual, 6)}`,
        onclick: () => onvalue(usual, true),
        "aria-label": `Reset ${owner} ${meaning} to its default, ${format(usual, 6)}`,
      },
      "↺",
    );
    const mark = h("b", { title: `default ${format(usual, 6)}` });
    this.track = h(
      "span",
      { class: "fo-track", style: `--default: ${this.position(usual)}` },
      mark,
      this.input,
    );
    const words = symbol === meaning ? [] : [h("small", {}, meaning)];
    const label = h(
      "label",
      { for: id, title: name },
      ...(symbol ? [h("em", {}, symbol), " "] : []),
      ...words,
    );
    this.element = h(
      "div",
      { class: "fo-slider", "data-name": name },
      label,
      this.reset,
      this.output,
      this.track,
    );
  }

  /** @param {number} value */
  position(value) {
    const at = this.scale.at(value, this.range);
    return Number.isNaN(at) ? 0 : clamp(at, 0, 1);
  }

  /** A notch that rounds to the value at hand is passed over: every press of a key changes something. */
  skip() {
    const ahead = Number(this.input.value) > this.at;
    for (let at = ""; this.read() === this.value && at !== this.input.value; ) {
      at = this.input.value;
      if (ahead) this.input.stepUp();
      else this.input.stepDown();
    }
    this.at = Number(this.input.value);
  }

  /** Within half a notch of the default it is the default that is meant. */
  read() {
    const at = Number(this.input.value);
    return Math.abs(at - this.position(this.usual)) <= 0.52 * this.notch
      ? this.usual
      : clamp(this.scale.value(at, this.range), this.range.min, this.range.max);
  }

  /** @param {number} value */
  update(value) {
    const at = this.position(value);
    const text = format(value, 6);
    this.value = value;
    if (this.read() !== value) this.input.value = String(at);
    this.at = Number(this.input.value);
    this.input.setAttribute("aria-valuetext", value === this.usual ? `${text}, the default` : text);
    this.output.textContent = text;
    this.reset.hidden = value === this.usual;
    this.track.style.setProperty("--at", `${100 * at}%`);
  }
}

/** One of a few: radio buttons that look like one strip. */
class Choice {
  /**
   * @param {ChoiceControl} control
   * @param {OnValue<string>} onvalue
   */
  constructor({ label, options }, onvalue) {
    const name = unique();
    this.inputs = options.map(([value]) =>
      h("input", { type: "radio", name, value, onchange: () => onvalue(value, true) }),
    );
    const strip = options.map(([, text], k) => h("label", {}, this.inputs[k], h("span", {}, text)));
    const id = unique();
    this.element = h(
      "div",
      { class: "fo-asked", role: "radiogroup", "aria-labelledby": id },
      h("span", { id }, label),
      h("span", { class: "fo-choice" }, ...strip),
    );
  }

  /** @param {string} value */
  update(value) {
    for (const input of this.inputs) input.checked = input.value === value;
  }
}

class Switch {
  /**
   * @param {SwitchControl} control
   * @param {OnValue<boolean>} onvalue
   */
  constructor({ label }, onvalue) {
    this.input = toggle((on) => onvalue(on, true));
    this.element = h("label", { class: "fo-switch" }, this.input, label);
  }

  /** @param {boolean} value */
  update(value) {
    this.input.checked = value;
  }
}

/**
 * A box that is ticked or not.
 * @param {(on: boolean) => void} onvalue
 * @param {string} [label]
 */
export const toggle = (onvalue, label) =>
  h("input", {
    type: "checkbox",
    role: "switch",
    "aria-label": label,
    onchange: (event) => onvalue(event.target.checked),
  });

/** @typedef {{element: HTMLElement, update: (value: any) => void}} Shown */

/**
 * @param {Control} control
 * @param {OnValue<unknown>} onvalue
 * @returns {Shown}
 */
export function controlFor(control, onvalue) {
  if (control.kind === "number") return new Slider(control, "", onvalue);
  return control.kind === "choice" ? new Choice(control, onvalue) : new Switch(control, onvalue);
}

/**
 * Whether a control could have given `value`.
 * @param {Control} control
 * @param {unknown} value
 */
export function allowedBy(control, value) {
  if (control.kind === "choice") return control.options.some(([key]) => key === value);
  if (control.kind === "switch") return typeof value === "boolean";
  const whole = control.scale === "whole" || control.scale === "doubling";
  return (
    typeof value === "number" &&
    value >= control.min &&
    value <= control.max &&
    (!whole || Number.isInteger(value))
  );
}

/**
 * Whether `asked` has a value for each of the dials and for nothing else, which each could have given or `also` allows.
 * @param {unknown} asked
 * @param {Dial[]} dials
 * @param {(name: string, value: number) => boolean} [also]
 */
export function allDialled(asked, dials, also = () => false) {
  if (asked === null || typeof asked !== "object") return false;
  const values = new Map(Object.entries(asked));
  return (
    values.size === dials.length &&
    dials.every(({ name, min, max }) => {
      const value = values.get(name);
      return within(value, min, max) || (typeof value === "number" && also(name, value));
    })
  );
}
