// Light or dark, as the page is that the viewer is on.

/** Less of its color than this, and what is behind an element is what is seen. */
const LEAST_OPAQUE = 0.5;

/** "light" or "dark" where the page says so, as notebooks do. */
function saidTheme() {
  const {jpThemeLight, vscodeThemeKind, theme} = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "true" ? "light" : "dark";
  if (vscodeThemeKind) return vscodeThemeKind.endsWith("light") ? "light" : "dark";
  if (theme === "light" || theme === "dark") return theme; // marimo
  return document.documentElement.getAttribute("theme"); // Colab
}

/**
 * Whether a color is "light" or "dark"; null where what is behind it is seen, or it cannot be told.
 * @param {string} color as browsers write what they have computed
 */
export function themeOf(color) {
  const [kind = "", ...numbers] = color.match(/^\w+|[\d.]+/g) ?? [];
  const scale = {rgb: 255, rgba: 255, color: 1}[kind];
  if (!scale || (kind === "color" && !color.includes("srgb "))) return null;
  const [red, green, blue, alpha = 1] = numbers.map(Number);
  if (alpha < LEAST_OPAQUE) return null;
  return (0.3 * red + 0.59 * green + 0.11 * blue) / scale < 0.5 ? "dark" : "light";
}

/**
 * The theme of what is behind an element; null where nothing has a color of its own.
 * @param {Element} element
 */
function themeBehind(element) {
  for (let at = outer(element); at; at = outer(at)) {
    const theme = themeOf(getComputedStyle(at).backgroundColor);
    if (theme) return theme;
  }
  return null;
}

/** @param {Element} element */
function outer(element) {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

/**
 * Look as the page does, now and when it changes; as the browser wants it where the page does not say.
 * @param {HTMLElement} root
 * @param {boolean} isPage whether the viewer is all of the page
 */
export function followTheme(root, isPage) {
  const follow = () => {
    const theme = saidTheme() ?? (isPage ? null : themeBehind(root));
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const observer = new MutationObserver(() => (root.isConnected ? follow() : observer.disconnect()));
  for (const element of [document.documentElement, document.body])
    observer.observe(element, {attributes: true});
  follow();
  if (!isPage) onceConnected(root, follow);
}

/**
 * @param {Element} element
 * @param {() => void} run
 */
function onceConnected(element, run) {
  requestAnimationFrame(() => (element.isConnected ? run() : onceConnected(element, run)));
}
