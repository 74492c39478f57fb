// The list of the stacks of a folder: what is in sight is asked of Python, and nothing else.

import {reloadWhenBack} from "../browser/frames/connection.js";
import {h, segmented} from "../browser/base/dom.js";
import {sprite} from "../browser/base/icons.js";
import {fitScreen} from "../browser/page/whole_page.js";
import {Card} from "./card.js";
import {ReportForm} from "./report_form.js";
import {DROP_HERE, fileButton, takeDropped} from "./drop.js";
import {
  KINDS,
  KIND_TEXTS,
  choose,
  count,
  describeEmpty,
  describeNotes,
  encodedName,
  isOfKind,
  isOrder,
  linkTo,
  readChoice,
  splitName,
  summary,
  writeChoice,
} from "./listing.js";

/** @typedef {import("./listing.js").StackFile} StackFile */
/** @typedef {{type: "list", stacks: StackFile[], notes: string[]}} ListMessage */
/** @typedef {{type: "details", name: string} & import("./listing.js").Details} DetailsMessage */
/** @typedef {{type: "conversion", name: string, isCancelled?: boolean} & import("../tools/conversion/progress.js").Progress} ConversionMessage */
/** @typedef {{type: "recovered", name: string, saved: string, problem: string}} RecoveredMessage */
/** @typedef {{type: "report"} & import("./report_form.js").ReportProgress} ReportAnswer */
/** @typedef {ReportAnswer | ListMessage | DetailsMessage | ConversionMessage | RecoveredMessage} AnyMessage */

const CHUNK = 120; // cards that are made at once; more come as the list is scrolled
const IN_FLIGHT = 4; // stacks that Python is asked about at a time, so that those in sight now go first
/** Between two looks at how far an original is encoded, in ms. */
const INTERVAL = 500;
/** Between two looks at a folder without stacks, in ms: what is put there appears by itself. */
const WHILE_EMPTY = 3000;
/** Cards this near to what is in sight are made and asked about. */
const NEAR = "300px";

/** What kinds of files there are, and what becomes of originals. */
function makeKinds() {
  const kinds = h("div", {className: "kinds"});
  const about =
    "Opening an original makes a temporary JPkl; Convert keeps it beside the file. Originals are never changed.";
  const convertAll = h("button", {className: "text convert-all", hidden: true}, "Convert all originals");
  const kindRow = h("div", {className: "kind-row", hidden: true}, kinds, h("span", {}, about), convertAll);
  return {kinds, kindRow, convertAll};
}

/** The bar of those that are picked. */
function makePicked() {
  const [count, names] = [h("b"), h("span", {className: "names"})];
  const compare = h("a", {className: "compare"}, "Compare");
  const unpick = h("button", {className: "text"}, "Clear");
  const more = h("span", {className: "more-of-picked"});
  const row = h("div", {className: "row", role: "status"}, count, names, compare, more, unpick);
  const picked = h("div", {className: "picked", hidden: true}, row);
  return {picked, count, names, compare, morePicked: more, unpick};
}

/** The elements of the page that change. @param {string} folder */
function makePage(folder) {
  const summary = h("span", {className: "summary", role: "status"}, "Looking for stacks …");
  const search = h("input", {
    type: "search",
    placeholder: "Search names and dims",
    "aria-label": "search names",
    title: "/",
  });
  const sort = h(
    "select",
    {"aria-label": "sort by"},
    ...["name", "size", "date"].map((value) => h("option", {value}, value)),
  );
  const reverse = "reverse the order";
  const direction = h("button", {className: "direction", "aria-label": reverse, title: reverse}, "⇅");
  const tools = h("div", {className: "tools"}, search, h("label", {}, "Sort by ", sort), direction);
  const kinds = makeKinds();
  const notes = h("p", {className: "notes", role: "note", hidden: true});
  const list = h("ul", {className: "cards", "aria-label": "stacks"});
  const more = h("div", {className: "more"});
  const [title, text, command] = [h("h2"), h("p"), h("code")];
  const clear = h("button", {className: "text"}, "Clear search");
  const frames = h("div", {className: "frames", "aria-hidden": "true"}, h("i"), h("i"), h("i"));
  const own = h("div", {className: "own", hidden: true});
  const empty = h("div", {className: "empty", hidden: true}, frames, title, text, command, clear, own);
  const main = h("main", {tabIndex: -1}, kinds.kindRow, notes, list, more, empty);
  const notice = h("div", {className: "notice", role: "alert", hidden: true});
  const header = h("header", {}, h("h1", {}, folder), summary, tools);
  const bar = makePicked();
  const root = h("div", {className: "viewer dashboard"}, sprite(), header, main, bar.picked, notice);
  return {
    root,
    summary,
    search,
    sort,
    direction,
    tools,
    ...kinds,
    main,
    notes,
    list,
    more,
    empty,
    clear,
    own,
    header,
    notice,
    ...bar,
    title,
    text,
    command,
  };
}

class DashboardView {
  /** @type {Set<Card>} those in sight that nothing is known of, oldest first */
  #wanted = new Set();
  /** @type {Map<string, Card>} those that Python was asked about, by name */
  #asked = new Map();
  /** @type {Card[]} those that match, in order */
  #shown = [];
  /** @type {Map<string, Card>} all of them by name, in the order of the names */
  #cards = new Map();
  /** @type {WeakMap<Element, Card>} */
  #cardOf = new WeakMap();
  #isListed = false;
  /** Names of originals whose encoding was ended. @type {Set<string>} */
  #cancelled = new Set();
  /** Names of originals that are encoded one after the other. @type {string[]} */
  #queue = [];
  #isLost = false;

  /** @param {{folder: string, canConvert: boolean, send: (message: object) => void}} options */
  constructor({folder, canConvert, send}) {
    this.send = send;
    this.folder = folder;
    /** @type {import("./card.js").Deeds | null} */
    this.deeds = canConvert
      ? {
          convert: ({file}) => this.#convert(file.name, true),
          cancel: ({file}) => send({type: "cancel", name: file.name}),
          recover: ({file}) => send({type: "recover", name: file.name}),
        }
      : null;
    this.choice = readChoice(window.location.hash);
    this.page = makePage(folder);
    this.root = this.page.root;
    /** @type {ReportForm | null} */
    this.report = canConvert ? new ReportForm((message) => this.#sendReport(message)) : null;
    if (this.report) {
      this.page.morePicked.append(this.report.button);
      this.page.picked.prepend(this.report.form);
    }
    this.kinds = segmented(
      "kind of files",
      KINDS.map((kind) => [kind, KIND_TEXTS[kind]]),
      (kind) => this.#choose({kind: /** @type {import("./listing.js").Kind} */ (kind)}),
    );
    this.page.kinds.append(this.kinds.element);
    this.seen = new IntersectionObserver((entries) => this.#onSeen(entries), this.#nearby);
    document.title = folder;
    this.#listen();
    send({type: "list"});
  }

  /** @param {import("./report_form.js").ReportMessage} message */
  #sendReport(message) {
    this.send({type: "report", names: this.#picked.map(({file}) => file.name), ...message});
  }

  #listen() {
    const {search, sort, direction, more, unpick, clear, convertAll} = this.page;
    convertAll.onclick = () => this.#convertAll();
    search.value = this.choice.search;
    sort.value = this.choice.sort;
    clear.onclick = () => this.#clearSearch();
    search.oninput = () => this.#choose({search: search.value});
    sort.onchange = () => isOrder(sort.value) && this.#choose({sort: sort.value});
    direction.onclick = () => this.#choose({reverse: !this.choice.reverse});
    unpick.onclick = () => {
      for (const card of this.#picked) card.pick.checked = false;
      this.#onPick();
    };
    document.addEventListener("keydown", (event) => this.#onKey(event)); // also while nothing has the focus
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.#isLost) this.send({type: "list"});
    });
    window.addEventListener("pagehide", () => this.#remember());
    const atEnd = new IntersectionObserver(
      ([{isIntersecting}]) => isIntersecting && this.#append(CHUNK),
      this.#nearby,
    );
    atEnd.observe(more);
  }

  get #nearby() {
    return {root: this.page.main, rootMargin: NEAR};
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onSeen(entries) {
    for (const {target, isIntersecting} of entries) {
      const card = this.#cardOf.get(target);
      if (card && isIntersecting && !card.isKnown) this.#wanted.add(card);
      else if (card) this.#wanted.delete(card);
    }
    this.#ask();
  }

  #ask() {
    for (const card of this.#wanted) {
      if (this.#asked.size >= IN_FLIGHT) return;
      this.#wanted.delete(card);
      this.#asked.set(card.file.name, card);
      this.send({type: "details", name: card.file.name});
    }
  }

  /**
   * @param {string} name of an original that is to be encoded
   * @param {boolean} begin also where it has failed before
   */
  #convert(name, begin) {
    if (begin) this.#cancelled.delete(name);
    if (this.#cancelled.has(name)) return;
    this.send({type: "convert", name, begin});
  }

  /** Originals that can be encoded, and were not. @returns {string[]} */
  get #convertible() {
    return [...this.#cards.values()].flatMap(({file}) =>
      file.isOriginal && !file.error && !this.#cards.has(encodedName(file.name)) ? [file.name] : [],
    );
  }

  /** One after the other: each takes all cores. */
  #convertAll() {
    if (this.#queue.length) return;
    this.#queue = this.#convertible;
    if (this.#queue.length) this.#convert(this.#queue[0], true);
    this.#showConvertAll();
  }

  /** @param {string} done name of the one that has ended */
  #convertNext(done) {
    if (this.#queue[0] !== done) return;
    this.#queue.shift();
    if (this.#queue.length) this.#convert(this.#queue[0], true);
    this.#showConvertAll();
  }

  #showConvertAll() {
    const {convertAll} = this.page;
    const left = this.#queue.length;
    convertAll.hidden = !this.deeds || (!left && !this.#convertible.length);
    convertAll.disabled = left > 0;
    convertAll.textContent = left ? `Converting, ${count(left, "original")} left` : "Convert all originals";
  }

  /** @param {ConversionMessage} message */
  #onConversion(message) {
    const card = this.#cards.get(message.name);
    // One that was cancelled may still be asked about.
    if (message.isCancelled) this.#cancelled.add(message.name);
    else if (this.#cancelled.has(message.name)) return;
    card?.showConversion(message);
    if (!message.what) this.#convertNext(message.name);
    if (message.what) setTimeout(() => this.#convert(message.name, false), INTERVAL);
    else if (!message.problem && !message.isCancelled) this.send({type: "list"}); // with the stack that has come of it
  }

  /** @param {AnyMessage} message */
  onMessage(message) {
    if (message.type === "list") return this.#update(message);
    if (message.type === "conversion") return this.#onConversion(message);
    if (message.type === "report") return void this.report?.show(message);
    if (message.type === "recovered") {
      this.#cards.get(message.name)?.showRecovered(message);
      return void (message.saved && this.send({type: "list"}));
    }
    this.#asked.get(message.name)?.show(message);
    this.#asked.delete(message.name);
    this.#ask();
    // What a search finds may be known only now.
    if (this.choice.search && !this.#asked.size) this.#arrange(this.page.list.childElementCount);
  }

  /**
   * Take over what there is now; cards of files that have not changed stay.
   * @param {ListMessage} message
   */
  #update({stacks, notes}) {
    const before = this.#cards;
    this.#cards = new Map(
      stacks.map((file) => {
        const old = before.get(file.name);
        const card = old?.shows(file) ? old : new Card(file, () => this.#onPick(), this.deeds);
        if (card.isFolder && !file.error) card.isKnown = false;
        this.#cardOf.set(card.element, card);
        return [file.name, card];
      }),
    );
    for (const [name, card] of before) {
      if (this.#cards.get(name) === card) continue;
      this.#wanted.delete(card);
      card.remove();
    }
    this.#onPick();
    this.page.notes.hidden = notes.length === 0;
    this.page.notes.textContent = describeNotes(notes);
    this.#arrange(this.#isListed ? this.page.list.childElementCount : this.#recall());
    this.#isListed = true;
  }

  /** Those that are picked to be compared, in the order of their names. */
  get #picked() {
    return [...this.#cards.values()].filter(({pick}) => pick.checked);
  }

  #onPick() {
    const {root, picked, count, compare} = this.page;
    const names = this.#picked.map(({file}) => file.name);
    root.classList.toggle("picking", names.length > 0);
    picked.hidden = names.length === 0;
    count.textContent =
      names.length === 1 && !this.report ? "Pick another to compare" : `${names.length} selected`;
    this.page.names.textContent = names.map((name) => splitName(name).title).join(", ");
    compare.hidden = names.length < 2;
    compare.href = linkTo(...names);
  }

  /** @param {Partial<import("./listing.js").Choice>} change */
  #choose(change) {
    Object.assign(this.choice, change);
    const {pathname, search} = window.location;
    window.history.replaceState(window.history.state, "", pathname + search + writeChoice(this.choice));
    if (!this.#isListed) return; // "no stacks" would be said of a list that has not come
    this.page.main.scrollTop = 0;
    this.#arrange(CHUNK);
  }

  /**
   * Show the cards that match, in order.
   * @param {number} n how many of them at least
   */
  #arrange(n) {
    const {direction, list} = this.page;
    const cards = [...this.#cards.values()];
    this.#shown = choose(cards, this.choice);
    direction.setAttribute("aria-pressed", String(this.choice.reverse));
    this.seen.disconnect();
    this.#wanted.clear();
    list.replaceChildren();
    this.#append(Math.max(n, CHUNK));
    this.#summarize(cards);
  }

  /** @param {number} n cards to add */
  #append(n) {
    const {list} = this.page;
    const from = list.childElementCount;
    const next = this.#shown.slice(from, from + n);
    list.append(...next.map((card) => card.element));
    for (const card of next) this.seen.observe(card.element);
  }

  /** @param {Card[]} cards all of them */
  #summarize(cards) {
    const {page} = this;
    const found = this.#shown.length;
    const files = cards.map(({file}) => file);
    page.summary.textContent = summary(found, files);
    page.empty.hidden = found > 0;
    page.tools.hidden = cards.length === 0;
    const {search, kind} = this.choice;
    this.#summarizeKinds(files);
    const isSearched = cards.length > 0 && search !== "";
    const {title, text, command} = describeEmpty(
      this.folder,
      isSearched ? search : "",
      cards.length ? kind : "all",
    );
    page.clear.hidden = !isSearched;
    page.title.textContent = title;
    page.text.textContent = text;
    page.command.textContent = command;
  }

  /** @param {StackFile[]} files */
  #summarizeKinds(files) {
    const counts = KINDS.map((kind) => files.filter((file) => isOfKind(file, kind)).length);
    const buttons = this.kinds.element.querySelectorAll("button");
    buttons.forEach((button, i) => (button.textContent = `${KIND_TEXTS[KINDS[i]]} ${counts[i]}`));
    this.kinds.update(this.choice.kind);
    this.page.kindRow.hidden = counts[2] === 0;
    this.#showConvertAll();
    if (!files.length)
      setTimeout(() => this.#isLost || document.hidden || this.send({type: "list"}), WHILE_EMPTY);
  }

  #clearSearch() {
    const {search} = this.page;
    search.value = "";
    search.focus();
    this.#choose({search: ""});
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const {search, list} = this.page;
    const [target] = event.composedPath(); // the event's own stops at the shadow root
    if (!(target instanceof Element)) return;
    const items = [...list.children];
    const at = items.indexOf(/** @type {Element} */ (target.closest("li")));
    const step = at >= 0 ? this.#step(event.key) : 0;
    if (event.key === "/" && !target.matches("input, select")) search.focus();
    else if (event.key === "Escape" && target === search) {
      this.#clearSearch();
    } else if (event.key === "ArrowDown" && target === search) this.#focus(items[0]);
    else if (step) this.#focus(items[at + step]);
    else return;
    event.preventDefault();
  }

  /** @param {Element | undefined} item of the list */
  #focus(item) {
    if (item) this.#cardOf.get(item)?.link.focus();
  }

  /**
   * How far an arrow goes in the list; 0 for other keys.
   * @param {string} key
   */
  #step(key) {
    const items = /** @type {HTMLElement[]} */ ([...this.page.list.children]);
    const columns = items.filter(({offsetTop}) => offsetTop === items[0].offsetTop).length;
    /** @type {Record<string, number>} */
    const steps = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns};
    return steps[key] ?? 0;
  }

  #remember() {
    const {list, main} = this.page;
    window.history.replaceState({cards: list.childElementCount, top: main.scrollTop}, "");
  }

  /** Back from a stack: as many cards as there were, scrolled to where they were. */
  #recall() {
    const {cards = 0, top = 0} = window.history.state ?? {};
    requestAnimationFrame(() => (this.page.main.scrollTop = top));
    return cards;
  }

  /** Files of this computer can be dropped here, or picked. @param {import("../browser/stage/drop_zone.js").DropZone} zone */
  offerFiles(zone) {
    const {header, own} = this.page;
    header.append(fileButton(zone, "Open a file …"));
    own.append(h("p", {}, DROP_HERE), fileButton(zone, "Choose files …"));
    own.hidden = false;
  }

  /** The connection to Python is gone; the page comes back with it. */
  onLost() {
    if (this.#isLost) return;
    this.#isLost = true;
    this.page.notice.textContent = "The connection to the server is lost. Reconnecting …";
    this.page.notice.hidden = false;
    reloadWhenBack();
  }
}

/** @typedef {import("../browser/stage/bokeh.js").PanelModel<AnyMessage> & {folder: string, takes_files: boolean, can_convert: boolean}} Model */

/**
 * What Panel calls.
 * @param {{model: Model, view: import("../browser/stage/bokeh.js").PanelView}} component
 */
export function render({model, view}) {
  fitScreen();
  const dashboard = new DashboardView({
    folder: model.folder,
    canConvert: model.can_convert,
    send: (message) => model.send_msg(message),
  });
  model.on("msg:custom", (message) => dashboard.onMessage(message));
  view.model.document.on_event("connection_lost", () => dashboard.onLost());
  const zone = takeDropped("", model.takes_files);
  dashboard.root.append(zone.root);
  if (model.takes_files) dashboard.offerFiles(zone);
  return dashboard.root;
}
