// Names by which stacks are told apart; as `model/names.py`.

/**
 * A name for each stack: that of its file, after as many of its folders as tell it apart. Of stacks that have the
 * same, the second has a number, and so on.
 * @param {string[]} paths
 */
export function distinctNames(paths) {
  const all = paths.map((path) => path.split("/").filter((part) => part !== ""));
  /** @type {Map<string, number>} */
  const seen = new Map();
  return all.map((parts) => {
    const whole = parts.join("/");
    const n = (seen.get(whole) ?? 0) + 1;
    seen.set(whole, n);
    return shortest(parts, all) + (n > 1 ? ` (${n})` : "");
  });
}

/**
 * @param {string[]} own
 * @param {string[][]} all
 */
function shortest(own, all) {
  const end = (/** @type {string[]} */ parts, /** @type {number} */ n) => parts.slice(-n).join("/");
  const others = all.filter((parts) => parts.join("/") !== own.join("/"));
  let n = 1;
  while (n < own.length && others.some((parts) => end(parts, n) === end(own, n))) n++;
  return end(own, n);
}
