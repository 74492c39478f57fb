// What all parts of the page are made of: elements, groups, switches.

/**
 * An element: `h("button", {title: "x", onclick: f}, "text", child)`. What the element has no property for
 * becomes an attribute; children that are null are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} properties
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const settable = /** @type {Record<string, any>} */ (/** @type {unknown} */ (element));
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on") || name in element) settable[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Context of a canvas on the page, on which drawing never fails.
 * @param {HTMLCanvasElement} canvas
 */
export function context2d(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * Put an element of absolute position somewhere, in pixels.
 * @param {HTMLElement | SVGElement} element
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
export function placeAt({style}, left, top, width, height) {
  Object.assign(style, {left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`});
}

/**
 * An element of an SVG picture.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Whether a button does something. One that does not still takes the pointer, for its tooltip to say why.
 * @param {HTMLElement} button
 * @param {string} reason why it does nothing; "" where it does
 * @param {string} title its tooltip otherwise
 */
export function setUsable(button, reason, title) {
  button.setAttribute("aria-disabled", String(reason !== ""));
  button.title = reason || title;
}

/**
 * Buttons of which one is pressed, in place of a select where there are few choices.
 * @param {string} label for those who do not see it
 * @param {[value: string, text: string][]} choices
 * @param {(value: string) => void} onPick
 */
export function segmented(label, choices, onPick) {
  const buttons = choices.map(([value, text]) =>
    h("button", {value, onclick: () => onPick(value), "aria-pressed": "false"}, text),
  );
  return {
    element: h("div", {className: "seg", role: "group", "aria-label": label}, ...buttons),
    /** @param {string} value */
    update(value) {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === value));
    },
  };
}

/**
 * A labeled switch.
 * @param {string} text
 * @param {{isOn?: boolean, onChange: (isOn: boolean) => void}} options
 */
export function toggle(text, {isOn = false, onChange}) {
  const input = h("input", {type: "checkbox", checked: isOn, onchange: () => onChange(input.checked)});
  return {
    element: h("label", {className: "row"}, input, ` ${text}`),
    /** @param {boolean} on */
    update(on) {
      input.checked = on;
    },
  };
}

/**
 * Give the user a file.
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], {type}));
  h("a", {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Have a grip say how large what it resizes is, however that has come.
 * @param {HTMLElement} grip
 * @param {() => number} size
 * @param {HTMLElement} element that is resized
 */
export function saySize(grip, size, element) {
  new ResizeObserver(() => grip.setAttribute("aria-valuenow", String(Math.round(size())))).observe(element);
}

/**
 * Give a dialog the focus: Tab goes on in it. What is returned gives the focus back to what had it, unless it has gone
 * elsewhere since.
 * @param {HTMLElement} dialog
 * @returns {() => void}
 */
export function focusIn(dialog) {
  const tree = /** @type {Document | ShadowRoot} */ (dialog.getRootNode());
  const before = tree.activeElement ?? dialog.closest(".viewer");
  dialog.tabIndex = -1;
  dialog.focus({preventScroll: true});
  return () => {
    if (before instanceof HTMLElement && dialog.contains(tree.activeElement))
      before.focus({preventScroll: true});
  };
}
