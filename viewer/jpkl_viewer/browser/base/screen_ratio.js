// When the screen has more pixels for a CSS pixel, or fewer: a window was moved to another screen. Nothing else says so.

/**
 * @param {() => void} onChange
 * @returns {() => void} ends it
 */
export function watchScreenRatio(onChange) {
  /** @type {MediaQueryList} */
  let query;
  const watch = () => {
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", change, {once: true});
  };
  const change = () => {
    watch();
    onChange();
  };
  watch();
  return () => query.removeEventListener("change", change);
}
