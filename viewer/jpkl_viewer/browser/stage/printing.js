// A viewer on paper: the name of the stack, and the stage as it is on the screen.

/** The part of a sheet that A4 and Letter both have, upright and within margins, in CSS pixels. */
const PAPER = {width: 680, height: 860};

/**
 * By how much something is made smaller to be on one sheet.
 * @param {{width: number, height: number}} size in CSS pixels
 */
export function paperScale({width, height}) {
  return Math.min(1, PAPER.width / width, PAPER.height / height);
}

/**
 * Keep the size of a stage while it is printed: what is on it is laid out for that, and a sheet has another one. The rest
 * is done by styles.
 * @param {HTMLElement} root
 * @param {HTMLElement} stage
 * @returns {() => void} ends it
 */
export function keepForPaper(root, stage) {
  const keep = () => {
    const size = {width: stage.offsetWidth, height: stage.offsetHeight};
    if (!size.width || !size.height) return;
    root.style.setProperty("--printed-width", `${size.width}px`);
    root.style.setProperty("--printed-height", `${size.height}px`);
    root.style.setProperty("--printed-scale", String(paperScale(size)));
  };
  window.addEventListener("beforeprint", keep);
  return () => window.removeEventListener("beforeprint", keep);
}
