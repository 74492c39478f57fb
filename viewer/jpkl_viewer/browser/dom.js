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
 * @param {HTMLElement} element
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
export function placeAt({style}, left, top, width, height) {
  Object.assign(style, {left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`});
}

/**
 * A group that can be folded.
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function group(title, ...children) {
  return h("details", {open: true}, h("summary", {}, title), ...children);
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
