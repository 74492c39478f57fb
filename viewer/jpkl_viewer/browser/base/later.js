// Work that is put off a little, so that what comes often is answered once.

/**
 * A function that has `run` called later: once, however often it is called until then.
 * @param {() => void} run
 * @param {(run: () => void) => void} wait calls what it is given after a while
 * @returns {() => void}
 */
export function coalesced(run, wait) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    wait(() => {
      isDue = false;
      run();
    });
  };
}
