// @ts-nocheck
// The controls as DOM: each function returns {element, update(...)}; none knows of frames or of Panel.

/** An element: `h("button", {title: "x", onclick: f}, "text", child)`. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on") || name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A row for one dim: play, name, step back, slider, step on, index and physical value. */
export function dimRow(dim, {onMove, onPlay}) {
  const input = h("input", {
    type: "range",
    min: 0,
    max: dim.size - 1,
    step: 1,
    "aria-label": dim.name,
    oninput: () => onMove(Number(input.value)),
  });
  const buffer = h("canvas", {className: "buffer", width: 512, height: 1});
  const step = (by, label, text) =>
    h(
      "button",
      {className: "step", title: label, "aria-label": label, onclick: () => onMove(Number(input.value) + by)},
      text,
    );
  const play = h("button", {className: "play", onclick: onPlay});
  const number = h("input", {
    type: "number",
    className: "index",
    min: 0,
    max: dim.size - 1,
    "aria-label": `index of ${dim.name}`,
    onchange: () => onMove(Number(number.value)),
  });
  const value = h("span", {className: "physical"});
  const element = h(
    "div",
    {className: "dim"},
    play,
    h("span", {className: "name", title: dim.name}, dim.name),
    step(-1, `previous ${dim.name}`, "‹"),
    h("span", {className: "track"}, buffer, input),
    step(1, `next ${dim.name}`, "›"),
    h("span", {className: "place"}, number, h("span", {className: "of"}, `of 0–${dim.size - 1}`)),
    value,
  );
  return {
    element,
    input,
    update(index, {playing, label}) {
      if (Number(input.value) !== index) input.value = index;
      if (number.value !== String(index)) number.value = index;
      value.textContent = label;
      input.setAttribute("aria-valuetext", label ? `${index}, ${label}` : String(index));
      play.textContent = playing ? "❚❚" : "▶";
      play.title = playing ? "stop (space)" : `play along ${dim.name} (space)`;
      play.setAttribute("aria-label", play.title);
      play.setAttribute("aria-pressed", playing);
    },
    /** Shade the indices whose frames need not be waited for. */
    shade(isBuffered) {
      const context = buffer.getContext("2d");
      const width = Math.min(dim.size, 512);
      buffer.width = width;
      context.fillStyle = getComputedStyle(buffer).color;
      for (let i = 0; i < width; i++) {
        if (isBuffered(Math.floor((i * dim.size) / width))) context.fillRect(i, 0, 1, 1);
      }
    },
  };
}

/** How the stack is played: frames per second, mode, and what is achieved. */
export function playbackRow({onChange}) {
  const fps = h("input", {
    type: "number",
    min: 0.5,
    max: 60,
    step: "any",
    "aria-label": "frames per second",
    onchange: () => onChange({fps: Math.min(60, Math.max(0.5, Number(fps.value) || 10))}),
  });
  const mode = h(
    "select",
    {"aria-label": "play mode", onchange: () => onChange({mode: mode.value})},
    ...["loop", "once", "back and forth"].map((name) => h("option", {value: name}, name)),
  );
  const achieved = h("span", {className: "achieved", role: "status"});
  return {
    element: h("div", {className: "playback"}, h("label", {}, fps, " fps"), mode, achieved),
    update(playback, rate) {
      fps.value = playback.fps;
      mode.value = playback.mode;
      achieved.textContent = rate === null ? "" : `${rate.toFixed(rate < 10 ? 1 : 0)} shown`;
    },
  };
}

/** Histogram with two handles for the contrast limits; its bars wear the colors of the pixels. */
export function contrastEditor({onLimits, onAuto, onFull, onReset, onGamma, onInvert, onPerFrame, onWhole}) {
  const canvas = h("canvas", {className: "histogram", width: 256, height: 64, "aria-hidden": "true"});
  const handle = (label, at) =>
    h("input", {
      type: "range",
      min: 0,
      max: 255,
      step: 1,
      className: at,
      "aria-label": label,
      oninput: () => move(at),
    });
  const low = handle("lower contrast limit", "low");
  const high = handle("upper contrast limit", "high");
  const lowText = h("output", {});
  const highText = h("output", {});
  const gamma = h("input", {
    type: "range",
    min: -1,
    max: 1,
    step: 0.02,
    "aria-label": "gamma",
    oninput: () => onGamma(Number((5 ** Number(gamma.value)).toFixed(2))),
  });
  const gammaText = h("output", {});
  const invert = h("input", {type: "checkbox", onchange: () => onInvert(invert.checked)});
  const perFrame = h("input", {type: "checkbox", onchange: () => onPerFrame(perFrame.checked)});
  const whole = h(
    "select",
    {"aria-label": "histogram of", onchange: () => onWhole(whole.value === "stack")},
    h("option", {value: "frame"}, "frame"),
    h("option", {value: "stack"}, "stack"),
  );
  const invertLabel = h("label", {title: "run through the colormap backwards"}, invert, " invert");
  const button = (text, title, onclick) => h("button", {className: "text", title, onclick}, text);

  function move(moved) {
    let [a, b] = [Number(low.value), Number(high.value)];
    if (a >= b)
      [a, b] =
        moved === "low" ? [Math.min(a, 254), Math.min(a, 254) + 1] : [Math.max(b, 1) - 1, Math.max(b, 1)];
    onLimits([a, b]);
  }

  function draw(counts, table) {
    const context = canvas.getContext("2d");
    const {width, height} = canvas;
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    // Logarithmic: beside a dark background everything else would vanish.
    const top = counts ? Math.log1p(Math.max(...counts)) : 1;
    for (let value = 0; value < 256; value++) {
      const bar = counts ? Math.round((Math.log1p(counts[value]) / top) * (height - 8)) : 0;
      for (let y = 0; y < height; y++) {
        const inStrip = y >= height - 6;
        if (inStrip || height - 8 - y < bar) pixels[y * width + value] = inStrip ? table[value] : 0xff9a938c;
      }
    }
    context.putImageData(image, 0, 0);
  }

  const element = h(
    "div",
    {className: "contrast"},
    h("div", {className: "range"}, canvas, low, high),
    h(
      "div",
      {className: "limits"},
      lowText,
      h("label", {title: "what the histogram counts"}, "of ", whole),
      highText,
    ),
    h(
      "div",
      {className: "buttons"},
      button("Auto", "limits between percentiles of the histogram", onAuto),
      button("Full", "the full range", onFull),
      button("Reset", "limits, gamma and direction as at the start", onReset),
      h("label", {title: "new automatic limits for each frame"}, perFrame, " per frame"),
      invertLabel,
    ),
    h("label", {className: "row"}, "Gamma", gamma, gammaText),
  );
  return {
    element,
    update({
      display,
      counts,
      table,
      toOriginal,
      invert: isInverted,
      perFrame: isPerFrame,
      isWhole,
      canInvert,
    }) {
      [low.value, high.value] = display.limits;
      const [a, b] = display.limits;
      lowText.textContent = toOriginal(a);
      highText.textContent = toOriginal(b);
      low.setAttribute("aria-valuetext", toOriginal(a));
      high.setAttribute("aria-valuetext", toOriginal(b));
      gamma.value = Math.log(display.gamma) / Math.log(5);
      gammaText.textContent = display.gamma.toFixed(2);
      invert.checked = isInverted;
      perFrame.checked = isPerFrame;
      whole.value = isWhole ? "stack" : "frame";
      invertLabel.hidden = !canInvert;
      draw(counts, table);
    },
  };
}

/** Choice of a colormap with a strip of its colors. */
export function colormapPicker(names, {onPick}) {
  const select = h(
    "select",
    {"aria-label": "colormap", onchange: () => onPick(select.value)},
    ...names.map((name) => h("option", {value: name}, name)),
  );
  const strip = h("canvas", {className: "strip", width: 256, height: 1, "aria-hidden": "true"});
  return {
    element: h("div", {className: "colormap"}, select, strip),
    update(name, colors) {
      select.value = name;
      const image = new ImageData(256, 1);
      for (let i = 0; i < 256; i++)
        image.data.set([colors[3 * i], colors[3 * i + 1], colors[3 * i + 2], 255], 4 * i);
      strip.getContext("2d").putImageData(image, 0, 0);
    },
  };
}

/** Channels: one at a time or as a composite, each with a switch and a color. */
export function channelList(channels, {onComposite, onVisible, onColor, onSelect}) {
  const modes = ["One channel", "Composite"].map((text, composite) =>
    h("button", {className: "text", onclick: () => onComposite(Boolean(composite))}, text),
  );
  const rows = channels.map(({name}, i) => {
    const visible = h("input", {
      type: "checkbox",
      "aria-label": `show ${name}`,
      onchange: () => onVisible(i, visible.checked),
    });
    const color = h("input", {
      type: "color",
      "aria-label": `color of ${name}`,
      oninput: () => onColor(i, color.value),
    });
    const select = h(
      "button",
      {className: "channel-name", title: `contrast of ${name}`, onclick: () => onSelect(i)},
      name,
    );
    return {visible, color, select, element: h("div", {className: "channel"}, visible, color, select)};
  });
  return {
    element: h(
      "div",
      {className: "channels"},
      h("div", {className: "modes", role: "group", "aria-label": "channels shown"}, ...modes),
      ...rows.map((row) => row.element),
    ),
    update({composite, displays, selected}) {
      modes.forEach((mode, i) => mode.setAttribute("aria-pressed", composite === Boolean(i)));
      rows.forEach((row, i) => {
        row.visible.checked = composite ? displays[i].visible : i === selected;
        row.visible.disabled = row.color.disabled = !composite;
        row.color.value = displays[i].color;
        row.select.setAttribute("aria-pressed", i === selected);
      });
    },
  };
}

/** Put an element of absolute position somewhere, in pixels. */
export function placeAt({style}, left, top, width, height) {
  Object.assign(style, {left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`});
}

/** A group that can be folded. */
export function group(title, ...children) {
  return h("details", {open: true}, h("summary", {}, title), ...children);
}

/** A labelled switch. */
export function toggle(text, {isOn = false, onChange}) {
  const input = h("input", {type: "checkbox", checked: isOn, onchange: () => onChange(input.checked)});
  return {
    element: h("label", {className: "row"}, input, ` ${text}`),
    update(on) {
      input.checked = on;
    },
  };
}
