// The scenes of an image file as choices and in links.

/**
 * The link to another scene: without what is seen of this one, whose dims and channels may be others.
 * @param {string} href
 * @param {string} scene
 */
export function sceneUrl(href, scene) {
  const url = new URL(href);
  url.searchParams.set("scene", scene);
  url.hash = "";
  return url.href;
}

/**
 * What there is to choose: names that are numbers say of what. What is shown may be none of the scenes, but one of them
 * at a smaller scale.
 * @param {string[]} names
 * @param {string | null} chosen
 * @returns {[value: string, text: string][]}
 */
export function sceneChoices(names, chosen) {
  const every = chosen === null || names.includes(chosen) ? names : [chosen, ...names];
  return every.map((name) => [name, /^\d+$/.test(name) ? `scene ${name}` : name]);
}
