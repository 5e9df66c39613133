// On a static page, gives a widget's front end what anywidget gives it in a notebook, a model and an element;
// and lets a link to the page carry a figure's state: `#playground-1?landscape=beale&steps=120`.

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
const sheets = new Map();

/** Loads a style sheet once, in the order in which they are asked for. */
function styled(name) {
  if (!sheets.has(name)) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
    sheets.set(name, new Promise((onload, onerror) => Object.assign(link, { onload, onerror })));
    link.href = new URL(`./${name}.css${version}`, import.meta.url);
    document.head.append(link);
  }
  return sheets.get(name);
}

const started = new Map();

/** The figure of a host, drawn when it is first asked for. */
function start(host) {
  if (!started.has(host)) started.set(host, draw(host));
  return started.get(host);
}

async function draw(host) {
  whenNear.unobserve(host);
  const { module, styles } = host.dataset;
  const state = JSON.parse(host.querySelector("script[type='application/json']").textContent);
  const [{ default: widget }] = await Promise.all([
    import(`./${module}.js${version}`),
    ...(styles ?? `parts ${module}`).split(" ").map(styled),
  ]);
  const el = document.createElement("div");
  await widget.render({ model: modelOf(state), el });
  host.querySelector(".firstorder-fallback")?.remove();
  host.append(el);
  const { figure } = el.firstElementChild;
  figure.tools.append(linkButton(host.id, figure));
  return figure;
}

// ---------------------------------------------------------------- links

/** JSON without the quotes that names do not need. */
const written = (value) =>
  JSON.stringify(value)
    .replace(/"([A-Za-z_]\w*)"/g, "$1")
    .replace(/[^\w.,:;{}[\]()+\-*/!~@$]/g, encodeURIComponent);

const read = (text) =>
  JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\w.+-]*|[A-Za-z_]\w*/g, (word) =>
      /^[A-Za-z_]/.test(word) && !/^(true|false|null)$/.test(word) ? `"${word}"` : word,
    ),
  );

function linkTo(id, changes) {
  const said = Object.entries(changes).map(([name, value]) => `${name}=${written(value)}`);
  return `#${id}${said.length ? "?" : ""}${said.join("&")}`;
}

/** What a fragment says of a figure, without what cannot be read. */
function asked(said) {
  const state = {};
  for (const part of (said ?? "").split("&")) {
    const [, name, value] = part.match(/^(\w+)=(.*)$/s) ?? [];
    try {
      if (name) state[name] = read(decodeURIComponent(value));
    } catch {
      continue; // written by hand, and wrong
    }
  }
  return state;
}

function linkButton(id, figure) {
  const button = document.createElement("button");
  const say = (text, spoken) => {
    button.textContent = text;
    if (spoken) figure.say(() => spoken);
  };
  button.type = "button";
  button.title = "Copy a link to this figure as it is now";
  button.className = "fo-link";
  button.addEventListener("click", async () => {
    history.replaceState(history.state, "", linkTo(id, figure.changes));
    try {
      await navigator.clipboard.writeText(location.href);
      say("Copied", "Link copied");
    } catch {
      say("In the address bar", "The link is in the address bar");
    }
    setTimeout(say, 2500, "Link");
  });
  say("Link");
  return button;
}

/** Shows the figure that the address speaks of, in the state that it speaks of. */
async function follow() {
  const [id, said] = location.hash.slice(1).split(/\?(.*)/s);
  const host = hosts.find((host) => host.id === id);
  if (!host) return;
  const figure = await start(host);
  figure.restore(asked(said));
  host.scrollIntoView();
}

// ---------------------------------------------------------------- start

const hosts = [...document.querySelectorAll(".firstorder-widget[data-module]")];
const whenNear = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) start(target);
  },
  { rootMargin: "800px" },
);
const seen = {};
for (const host of hosts) {
  const { module } = host.dataset;
  host.id = `${module}-${(seen[module] = (seen[module] ?? 0) + 1)}`;
  whenNear.observe(host);
}
addEventListener("hashchange", follow);
follow();
