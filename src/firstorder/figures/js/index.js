// What all figures share: a page loads it first, and with it the files of those kinds that it shows (`kinds.js`).
//
// A notebook takes the default export, as anywidget wants it; on a static page the figures draw themselves, files of
// `data/` call `give`, and files of `kinds/` take what they share from `shared` (`checks/bundle.mjs` writes that).

/** @import {Model} from "./types.d.ts" */
import { render } from "./figure.js";
import { serve } from "./host.js";
import { kindOf, leader } from "./kinds.js";
import { onPage } from "./place.js";

/**
 * @param {string} module
 * @param {{model: Model, el: HTMLElement}} place
 */
const draw = async (module, place) => {
  const guided = Boolean(place.model.get("guide")?.question);
  const [Kind, Leader] = await Promise.all([kindOf(module), guided ? leader() : null]);
  return render(Kind, place, Leader);
};

if (onPage) serve(draw);

export { give } from "./load.js";
export * as shared from "./shared.js";

export default {
  /** @param {{model: Model, el: HTMLElement}} place */
  render: (place) => draw(place.model.get("front"), place),
};
