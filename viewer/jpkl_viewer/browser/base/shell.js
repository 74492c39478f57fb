// Commands of a terminal, to be copied.

/** What no shell reads anything into. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** What even double quotes leave a meaning, or end. */
const LIVE = /["$\x60\\!]/; // \x60 is a backtick

/**
 * A command with a name of a file, which may hold anything.
 * @param {string} command
 * @param {string} name
 */
export function commandWith(command, name) {
  const given = name.startsWith("-") ? `./${name}` : name;
  if (PLAIN.test(given)) return `${command} ${given}`;
  // Double quotes, where they do, are those of Windows, too.
  return `${command} ${LIVE.test(given) ? `'${given.replaceAll("'", "'\\''")}'` : `"${given}"`}`;
}
