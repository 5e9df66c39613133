// On a static page, gives a figure what anywidget gives it in a notebook, a model and an element;
// and lets a link to the page carry a figure's state.

import { enlarge } from "./alone.js";
/** @import {Figure, FigureElement} from "./figure.js" */
/** @import {Model, State} from "./types.d.ts" */
import { h } from "./dom.js";
import { asked } from "./fragment.js";
import { given, style } from "./load.js";
import { buttons, follower } from "./share.js";
import { bothInSight } from "./sight.js";

const UNREAD = "Some of this link could not be read: the figure shows the rest of it.";

/** @typedef {(module: string, place: {model: Model, el: HTMLElement}) => Promise<unknown>} Render */

/**
 * @param {State} state
 * @returns {Model}
 */
export function modelOf(state) {
  /** @type {Map<string, Set<() => void>>} */
  const listeners = new Map();
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const listener of [...(listeners.get(`change:${name}`) ?? [])]) listener();
    },
    on: (event, listener) => listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    off: (event, listener) => listeners.get(event)?.delete(listener),
    save_changes() {}, // no Python to tell
  };
}

/**
 * The state that a page carries, with what of it lies in files.
 * @param {HTMLElement} host
 * @returns {Promise<State>}
 */
async function stateOf(host) {
  const state = JSON.parse(host.querySelector("script[type='application/json']")?.textContent ?? "{}");
  const files = Object.entries(JSON.parse(host.dataset.files ?? "{}"));
  const values = await Promise.all(files.map(([, file]) => given(file)));
  files.forEach(([name], k) => {
    state[name] = values[k];
  });
  for (const [name, file] of Object.entries(JSON.parse(host.dataset.later ?? "{}")))
    state[name] = () => given(file);
  return state;
}

/**
 * In place of a figure whose files do not come, after all tries.
 * @param {HTMLElement} host
 * @param {() => void} retry
 */
function regret(host, retry) {
  const onclick = () => {
    note.remove();
    retry();
  };
  const button = h("button", { type: "button", onclick }, "Try again");
  const note = h(
    "p",
    { class: "firstorder-lost", role: "status" },
    "The figure could not be loaded. ",
    button,
  );
  host.querySelector(".firstorder-fallback")?.append(note);
}

/**
 * Draws the page's figures when they come near, and the one that the address speaks of at once, in its state.
 * @param {Render} render
 */
export function serve(render) {
  const hosts = [
    .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".firstorder-widget[data-module]")),
  ];
  if (!hosts.length) return;
  /** @type {Promise<void> | undefined} */
  let styled;
  /** @type {Map<HTMLElement, Promise<Figure>>} */
  const started = new Map();

  /** @param {HTMLElement} host */
  function start(host) {
    const figure = started.get(host) ?? draw(host);
    started.set(host, figure);
    figure.catch(() => {
      styled = undefined;
      started.delete(host);
      regret(host, () => start(host));
    });
    return figure;
  }

  /** @param {HTMLElement} host */
  async function draw(host) {
    whenNear.unobserve(host);
    styled ??= style("./figures.css");
    const [state] = await Promise.all([stateOf(host), styled]);
    const el = h("div");
    await render(host.dataset.module ?? "", { model: modelOf(state), el });
    host.append(el);
    host.classList.add("firstorder-drawn"); // the still is kept for paper
    const { figure } = /** @type {FigureElement} */ (el.firstElementChild);
    if (!figure) throw new Error(`${host.id} draws no figure`);
    figure.tools.append(...buttons(host, figure));
    figure.onchange = follower(host, figure);
    return figure;
  }

  /**
   * Brings the figure that a fragment speaks of to what it says; gives back that figure's place, if there is one.
   * @param {string} fragment
   */
  async function obey(fragment) {
    const { id, state, lost } = asked(fragment);
    const host = hosts.find((host) => host.id === id);
    if (!host) return null;
    const figure = await start(host);
    const refused = await figure.restore(state);
    host.querySelector(".firstorder-note")?.remove();
    if (lost || refused.length) host.prepend(h("p", { class: "firstorder-note", role: "status" }, UNREAD));
    return host;
  }

  /** As a browser follows a fragment: the next Tab is in the figure. */
  const follow = async () => {
    const host = await obey(location.hash);
    if (!host) return;
    host.tabIndex = -1;
    host.scrollIntoView();
    host.focus({ preventScroll: true });
  };

  /**
   * A link of the text that gives a state to a figure of its page does so, and the reader stays at the sentence.
   * @param {MouseEvent} event
   */
  async function see(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!link.hash.includes("?") || link.href !== new URL(link.hash, location.href).href) return;
    if (!hosts.some(({ id }) => id === asked(link.hash).id)) return;
    event.preventDefault();
    const host = await obey(link.hash);
    history.replaceState(history.state, "", link.hash);
    if (host) bothInSight(link, host.querySelector(".fo-views") ?? host);
  }

  const whenNear = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries)
        if (isIntersecting) start(/** @type {HTMLElement} */ (target));
    },
    { rootMargin: "800px" },
  );
  for (const host of hosts) whenNear.observe(host);
  enlarge(hosts[0]);
  addEventListener("hashchange", follow);
  addEventListener("click", see);
  follow();
}
