// @ts-nocheck
// The list of the stacks of a folder: what is in sight is asked of Python, and nothing else.

const CHUNK = 120; // cards that are made at once; more come as the list is scrolled
const IN_FLIGHT = 4; // stacks that Python is asked about at a time, so that those in sight now go first

const ORDERS = {
  name: (a, b) => a.rank - b.rank,
  size: (a, b) => b.bytes - a.bytes || a.rank - b.rank,
  date: (a, b) => b.modified - a.modified || a.rank - b.rank,
};

const PAGE = `
  <header>
    <h1></h1><span class="summary" role="status">Looking for stacks …</span>
    <div class="tools">
      <input type="search" placeholder="Search names" aria-label="search names" title="/">
      <label>Sort by <select aria-label="sort by">
        <option value="name">name</option><option value="size">size</option><option value="date">date</option>
      </select></label>
      <button class="direction" aria-label="reverse the order" title="reverse the order" aria-pressed="false">⇅</button>
    </div>
  </header>
  <main tabindex="-1">
    <p class="notes" role="note" hidden></p>
    <ul class="cards" aria-label="stacks"></ul>
    <div class="more"></div>
    <div class="empty" hidden><div class="frames" aria-hidden="true"><i></i><i></i><i></i></div><h2></h2><p></p><code></code></div>
  </main>
  <div class="notice" role="alert" hidden></div>`;

const CARD = `
  <a>
    <div class="thumbnail"><span class="wait"></span></div>
    <div class="about"><bdi class="title"></bdi><bdi class="within"></bdi>
      <span class="extent"></span><span class="file"></span></div>
  </a>`;

/** A number of bytes in decimal units, with three digits. */
function formatBytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; n >= 999.5 && unit < units.length - 1; unit++) n /= 1000;
  return `${unit ? Number(n.toPrecision(3)) : n} ${units[unit]}`;
}

const day = new Intl.DateTimeFormat(undefined, {dateStyle: "medium"});
const moment = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});

const count = (n, noun) => `${n.toLocaleString()} ${noun}${n === 1 ? "" : "s"}`;

/** What is chosen of the list, in the link: so Back finds the list as it was left. */
const link = {
  read() {
    const query = new URLSearchParams(window.location.hash.slice(1));
    const sort = query.get("sort");
    return {
      search: query.get("search") ?? "",
      sort: sort in ORDERS ? sort : "name",
      reverse: query.has("reverse"),
    };
  },
  write({search, sort, reverse}) {
    const query = new URLSearchParams();
    if (search) query.set("search", search);
    if (sort !== "name") query.set("sort", sort);
    if (reverse) query.set("reverse", "");
    const hash = query.toString();
    const {pathname, search: args} = window.location;
    window.history.replaceState(window.history.state, "", pathname + args + (hash && `#${hash}`));
  },
};

/** One stack of the list. */
class Card {
  constructor(file) {
    this.file = file;
    this.details = null;
    this.element = document.createElement("li");
    this.element.innerHTML = CARD; // names are set as text, below
    this.element.card = this;
    this.link = this.find("a");
    const slash = file.name.lastIndexOf("/");
    this.find(".title").textContent = file.name.slice(slash + 1);
    this.find(".within").textContent = file.name.slice(0, slash + 1);
    this.find(".file").textContent = `${formatBytes(file.bytes)} · ${day.format(file.modified)}`;
    this.link.title = `${file.name}\n${file.bytes.toLocaleString()} bytes, ${moment.format(file.modified)}`;
    if (file.error) this.show({error: file.error});
    else this.link.href = `?stack=${encodeURIComponent(file.name).replaceAll("%2F", "/")}`;
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  show(details) {
    this.details = details;
    const place = this.find(".thumbnail");
    if (details.thumbnail?.byteLength) {
      const image = new Image();
      image.alt = "";
      image.src = this.url = URL.createObjectURL(new Blob([details.thumbnail], {type: "image/jpeg"}));
      image.onload = () =>
        image.classList.toggle("small", Math.max(image.naturalWidth, image.naturalHeight) < 120);
      place.replaceChildren(image);
    } else {
      place.replaceChildren();
    }
    if (details.width !== undefined) {
      const dims = details.dims.map(({name, size}) => `${name}\u00a0${size}`); // a name and its size stay together
      const size = `${details.width} × ${details.height}${details.color ? " RGB" : ""}`;
      const line = this.find(".extent");
      line.textContent = [size, ...dims].join(" · ");
      line.title = `width × height of a frame in pixels${dims.length ? ", and the dims" : ""}`;
    }
    if (details.error) {
      this.element.classList.add("broken");
      const text = document.createElement("span");
      text.className = "reason";
      text.textContent = details.error[0].toUpperCase() + details.error.slice(1);
      place.append(text);
    }
  }

  remove() {
    this.element.remove();
    if (this.url) URL.revokeObjectURL(this.url);
  }
}

class DashboardView {
  #wanted = new Set(); // cards in sight that nothing is known of, oldest first
  #asked = new Map(); // the cards by name that Python was asked about
  #shown = []; // the cards that match, in order
  #isListed = false;

  constructor({folder, send}) {
    this.send = send;
    this.cards = new Map();
    this.choice = link.read();
    this.root = document.createElement("div");
    this.root.className = "viewer dashboard";
    this.root.innerHTML = PAGE;
    const find = (selector) => this.root.querySelector(selector);
    this.list = find(".cards");
    this.main = find("main");
    this.search = find("input");
    this.sort = find("select");
    this.direction = find(".direction");
    find("h1").textContent = folder;
    this.search.value = this.choice.search;
    this.sort.value = this.choice.sort;
    this.search.oninput = () => this.#choose({search: this.search.value});
    this.sort.onchange = () => this.#choose({sort: this.sort.value});
    this.direction.onclick = () => this.#choose({reverse: !this.choice.reverse});
    document.addEventListener("keydown", (event) => this.#onKey(event)); // also while nothing has the focus
    this.#observe(find(".more"));
    document.title = folder;
    document.addEventListener(
      "visibilitychange",
      () => document.hidden || this.#isLost || send({type: "list"}),
    );
    window.addEventListener("pagehide", () => this.#remember());
    send({type: "list"});
  }

  #isLost = false;

  #observe(end) {
    const options = {root: this.main, rootMargin: "300px"};
    this.seen = new IntersectionObserver((entries) => {
      for (const {target, isIntersecting} of entries) {
        if (isIntersecting && !target.card.details) this.#wanted.add(target.card);
        else this.#wanted.delete(target.card);
      }
      this.#ask();
    }, options);
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.#append(CHUNK), options).observe(end);
  }

  #ask() {
    for (const card of this.#wanted) {
      if (this.#asked.size >= IN_FLIGHT) return;
      this.#wanted.delete(card);
      this.#asked.set(card.file.name, card);
      this.send({type: "details", name: card.file.name});
    }
  }

  onMessage(message) {
    if (message.type === "list") this.#update(message);
    else {
      const card = this.#asked.get(message.name);
      this.#asked.delete(message.name);
      card?.show(message);
      this.#ask();
    }
  }

  /** Take over what there is now; cards of files that have not changed stay. */
  #update({stacks, notes}) {
    const before = this.cards;
    this.cards = new Map(
      stacks.map((file, rank) => {
        const old = before.get(file.name);
        const isSame = old && old.file.bytes === file.bytes && old.file.modified === file.modified;
        const card = isSame ? old : new Card(file);
        card.file.rank = rank;
        return [file.name, card];
      }),
    );
    for (const [name, card] of before) {
      if (this.cards.get(name) === card) continue;
      this.#wanted.delete(card);
      card.remove();
    }
    const notice = this.root.querySelector(".notes");
    notice.hidden = notes.length === 0;
    notice.textContent =
      notes.length > 3 ? [...notes.slice(0, 3), `${notes.length - 3} more`].join("; ") : notes.join("; ");
    if (notes.length) notice.prepend("Could not be read: ");
    this.#arrange(this.#isListed ? this.list.childElementCount : this.#recall());
    this.#isListed = true;
  }

  #choose(change) {
    Object.assign(this.choice, change);
    link.write(this.choice);
    if (!this.#isListed) return; // "no stacks" would be said of a list that has not come
    this.main.scrollTop = 0;
    this.#arrange(CHUNK);
  }

  /** Show the cards that match, in order; at least `n` of them. */
  #arrange(n) {
    const {search, sort, reverse} = this.choice;
    const words = search.toLowerCase().split(/\s+/);
    const cards = [...this.cards.values()];
    this.#shown = cards
      .filter(({file}) => words.every((word) => file.name.toLowerCase().includes(word)))
      .sort((a, b) => ORDERS[sort](a.file, b.file) * (reverse ? -1 : 1));
    this.direction.setAttribute("aria-pressed", reverse);
    this.seen.disconnect();
    this.#wanted.clear();
    this.list.replaceChildren();
    this.#append(Math.max(n, CHUNK));
    this.#summarize(cards);
  }

  #append(n) {
    const from = this.list.childElementCount;
    const next = this.#shown.slice(from, from + n);
    this.list.append(...next.map((card) => card.element));
    for (const card of next) this.seen.observe(card.element);
  }

  #summarize(cards) {
    const sum = (some) => some.reduce((total, {file}) => total + file.bytes, 0);
    const found = this.#shown;
    this.root.querySelector(".summary").textContent =
      found.length === cards.length
        ? `${count(cards.length, "stack")}${cards.length ? `, ${formatBytes(sum(cards))}` : ""}`
        : `${found.length.toLocaleString()} of ${count(cards.length, "stack")}`;
    const empty = this.root.querySelector(".empty");
    empty.hidden = found.length > 0;
    this.root.querySelector(".tools").hidden = cards.length === 0;
    const [title, text, command] = cards.length
      ? ["Nothing matches", "No name of a stack holds these words.", ""]
      : [
          "No stacks yet",
          "Files that end in .jpkl appear here. An image file becomes one:",
          "jpkl encode cells.ome.tif",
        ];
    empty.querySelector("h2").textContent = title;
    empty.querySelector("p").textContent = text;
    empty.querySelector("code").textContent = command;
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [target] = event.composedPath(); // the event's own stops at the shadow root
    const cards = [...this.list.children];
    const at = cards.indexOf(target.closest?.("li"));
    const step = at >= 0 ? this.#step(event.key, cards) : 0;
    if (event.key === "/" && !target.matches?.("input, select")) this.search.focus();
    else if (event.key === "Escape" && target === this.search) {
      this.search.value = "";
      this.#choose({search: ""});
    } else if (event.key === "ArrowDown" && target === this.search) cards[0]?.card.link.focus();
    else if (step) cards[at + step]?.card.link.focus();
    else return;
    event.preventDefault();
  }

  #step(key, cards) {
    const columns = cards.filter(({offsetTop}) => offsetTop === cards[0].offsetTop).length;
    return {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns}[key] ?? 0;
  }

  #remember() {
    window.history.replaceState({cards: this.list.childElementCount, top: this.main.scrollTop}, "");
  }

  /** Back from a stack: as many cards as there were, scrolled to where they were. */
  #recall() {
    const {cards = 0, top = 0} = window.history.state ?? {};
    requestAnimationFrame(() => (this.main.scrollTop = top));
    return cards;
  }

  /** The connection to Python is gone; the page comes back with it. */
  onLost() {
    if (this.#isLost) return;
    this.#isLost = true;
    const notice = this.root.querySelector(".notice");
    notice.textContent = "The connection to the server is lost. Reconnecting …";
    notice.hidden = false;
    const retry = async () => {
      try {
        const answer = await fetch(window.location.href, {cache: "no-store"});
        if (answer.ok) return window.location.reload();
      } catch {
        // still away
      }
      setTimeout(retry, 1000);
    };
    setTimeout(retry, 1000);
  }
}

export function render({model, view}) {
  const dashboard = new DashboardView({folder: model.folder, send: (message) => model.send_msg(message)});
  model.on("msg:custom", (message) => dashboard.onMessage(message));
  view.model.document.on_event("connection_lost", () => dashboard.onLost());
  return dashboard.root;
}
