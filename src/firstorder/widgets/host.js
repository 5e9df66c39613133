// On a static page, gives a widget's front end what anywidget gives it in a notebook: a model and an element.

function modelOf(state) {
  const listeners = new Map();
  const heard = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const listener of [...heard(`change:${name}`)]) listener();
    },
    on: (event, listener) => heard(event).add(listener),
    off: (event, listener) => heard(event).delete(listener),
    save_changes() {}, // no Python to tell
  };
}

const version = new URL(import.meta.url).search;

const styled = (path) =>
  new Promise((loaded, failed) => {
    const link = Object.assign(document.createElement("link"), {
      rel: "stylesheet",
      onload: loaded,
      onerror: failed,
    });
    link.href = new URL(path, import.meta.url);
    document.head.append(link);
  });

async function start(host) {
  const { module } = host.dataset;
  const state = JSON.parse(host.querySelector("script[type='application/json']").textContent);
  const [{ default: widget }] = await Promise.all([
    import(`./${module}.js${version}`),
    styled(`./${module}.css${version}`),
  ]);
  const el = document.createElement("div");
  await widget.render({ model: modelOf(state), el });
  host.querySelector(".firstorder-fallback")?.remove();
  host.append(el);
}

const whenNear = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      whenNear.unobserve(target);
      start(target);
    }
  },
  { rootMargin: "800px" },
);
for (const host of document.querySelectorAll(".firstorder-widget[data-module]")) whenNear.observe(host);
