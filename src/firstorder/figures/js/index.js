// All figures. A notebook takes the default export, as anywidget wants it; on a static page the figures draw themselves,
// and files of `data/` call `give`.

/** @import {Model} from "./types.d.ts" */
import { render } from "./figure.js";
import { BiasCorrection } from "./figures/bias_correction.js";
import { Comparison } from "./figures/comparison.js";
import { CounterExample } from "./figures/counter_example.js";
import { Cover } from "./figures/cover.js";
import { DecayFigure } from "./figures/decay.js";
import { EffectiveRates } from "./figures/effective_rates.js";
import { MethodMap } from "./figures/method_map.js";
import { MiniBatchNoise } from "./figures/mini_batch_noise.js";
import { Playground } from "./figures/playground.js";
import { Smoothing } from "./figures/smoothing.js";
import { Spectrum } from "./figures/spectrum.js";
import { serve } from "./host.js";
import { onPage } from "./place.js";

/** By the name that Python has for each (`module`). */
const FIGURES = {
  bias_correction: BiasCorrection,
  comparison: Comparison,
  counter_example: CounterExample,
  cover: Cover,
  decay: DecayFigure,
  effective_rates: EffectiveRates,
  method_map: MethodMap,
  mini_batch_noise: MiniBatchNoise,
  playground: Playground,
  smoothing: Smoothing,
  spectrum: Spectrum,
};

/**
 * @param {string} module
 * @param {{model: Model, el: HTMLElement}} place
 */
const draw = (module, place) => render(FIGURES[/** @type {keyof typeof FIGURES} */ (module)], place);

if (onPage) serve(draw);

export { give } from "./load.js";

export default {
  /** @param {{model: Model, el: HTMLElement}} place */
  render: (place) => draw(place.model.get("front"), place),
};
