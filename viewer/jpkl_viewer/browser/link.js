// @ts-nocheck
// The view as part of a link.

/** The state as part of a link: `#time=12&channel=1&colormap=magma&limits=10-200,0-255`. */
export const link = {
  write(state, stack) {
    const parts = new URLSearchParams();
    stack.dims.forEach((dim, d) => dim.size > 1 && parts.set(dim.name, state.position[d]));
    if (state.colormap !== "gray") parts.set("colormap", state.colormap);
    if (state.invert) parts.set("invert", 1);
    if (state.composite) parts.set("composite", 1);
    if (state.per_frame) parts.set("per_frame", 1);
    if (state.projection) {
      const {method, dim, start, stop} = state.projection;
      parts.set("projection", [method, start, stop, stack.dims[dim].name].join(","));
    }
    const display = state.channels.map(({visible, color, limits, gamma}) =>
      [limits.join("-"), gamma, visible ? 1 : 0, color.slice(1)].join(":"),
    );
    parts.set("display", display.join(","));
    if (Object.keys(state.tools).length) parts.set("tools", JSON.stringify(state.tools));
    if (state.zoom) parts.set("zoom", state.zoom.map((value) => Number(value.toFixed(2))).join(","));
    return `#${parts}`;
  },

  read(text, state, stack) {
    const parts = new URLSearchParams(text.slice(1));
    const whole = (name, most) => Math.min(most, Math.max(0, Math.trunc(Number(parts.get(name)) || 0)));
    if (!parts.size) return state;
    const position = stack.dims.map((dim, d) =>
      parts.has(dim.name) ? whole(dim.name, dim.size - 1) : state.position[d],
    );
    const displays = (parts.get("display") ?? "").split(",").map((item) => item.split(":"));
    const channels = state.channels.map((channel, i) => link.readDisplay(displays[i], channel));
    const zoom = (parts.get("zoom") ?? "").split(",").map(Number);
    return {
      ...state,
      position,
      channels,
      colormap: parts.get("colormap") ?? "gray",
      invert: parts.has("invert"),
      composite: parts.has("composite"),
      per_frame: parts.has("per_frame"),
      tools: link.readTools(parts.get("tools")),
      projection: link.readProjection(parts.get("projection"), stack),
      zoom: zoom.length === 3 && zoom.every(Number.isFinite) && zoom[2] > 0 ? zoom : null,
    };
  },

  /** Each tool looks itself at what is its own. */
  readTools(text) {
    try {
      const tools = JSON.parse(text ?? "{}");
      return typeof tools === "object" && tools !== null && !Array.isArray(tools) ? tools : {};
    } catch {
      return {};
    }
  },

  readProjection(text, stack) {
    const [, method, start, stop, name] = /^(max|mean|min|std),(\d+),(\d+),(.*)$/s.exec(text ?? "") ?? [];
    const dim = stack.dims.findIndex((other) => other.name === name);
    const isPart = Number(start) < Number(stop) && Number(stop) <= stack.sizes[dim];
    return isPart ? {dim, method, start: Number(start), stop: Number(stop)} : null;
  },

  readDisplay([range = "", gamma, visible, color] = [], channel) {
    const limits = range.split("-").map(Number);
    const isRange = limits.length === 2 && limits[0] >= 0 && limits[0] < limits[1] && limits[1] <= 255;
    return {
      visible: visible === undefined ? channel.visible : visible === "1",
      color: /^[0-9a-f]{6}$/i.test(color) ? `#${color}` : channel.color,
      limits: isRange ? limits : channel.limits,
      gamma: Number(gamma) >= 0.1 && Number(gamma) <= 10 ? Number(gamma) : channel.gamma,
    };
  },
};
