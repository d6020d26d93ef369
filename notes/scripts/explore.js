// The charts that a reader can explore. Each place holds its numbers; it is built when it is first opened.
(() => {
const night = matchMedia("(prefers-color-scheme: dark)");
const paint = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const font = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';
const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };

// The library is text until then.
const plotly = () => {
  if (!window.Plotly) {
    const script = document.createElement("script");
    script.textContent = document.getElementById("plotly").textContent;
    document.head.append(script);
  }
  return window.Plotly;
};

// Controls ---------------------------------------------------------------------------------------------------------

const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const group = (title, ...inside) => element("fieldset", {}, element("legend", { textContent: title }), ...inside);
const input = (type, name, checked, change, ...words) => {
  const box = element("input", { type, name, checked });
  box.addEventListener("change", () => change(box.checked));
  return element("label", {}, box, ...words);
};
// One of several: `options` are pairs of a value and its words.
const choice = (title, options, change) => group(title, ...options.map(([value, words], place) =>
  input("radio", title, place === 0, () => change(value), words)));
const button = (words, press) => {
  const made = element("button", { type: "button", textContent: words });
  made.addEventListener("click", press);
  return made;
};

// What all charts share: no colour of its own behind, and the page's ink.
const common = () => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
  font: { family: font, color: paint("ink"), size: 13 },
  hoverlabel: { bgcolor: paint("paper"), bordercolor: paint("muted"), font: { family: font, color: paint("ink"), size: 13 }, align: "left" },
});

const number = (value, digits = 9) => value.toLocaleString("en", { maximumSignificantDigits: digits });

// Learning curves ----------------------------------------------------------------------------------------------------

const ERRORS = { test: "Test error (%)", train: "Training error (%)" };

const curves = ({ networks }, controls, chart) => {
  const seeds = [...new Set(networks.flatMap(network => network.runs.map(run => run.seed)))].sort((a, b) => a - b);
  const state = { error: "test", single: false, networks: new Set(networks.filter(network => network.shown)), seeds: new Set(seeds) };
  const put = (set, member, draw) => on => { set[on ? "add" : "delete"](member); draw(); };

  const line = (network, run, y, who, words) => ({
    x: run.step, y, mode: "lines+markers", hovertemplate: "%{text}<extra></extra>",
    text: y.map((value, at) => `<b>${network.architecture}, ${network.depth} layers</b>, ${who}<br>step ${number(run.step[at])}: ${value} %${words(at)}`),
    line: { color: network.colour[Number(night.matches)], dash: network.dashed ? "dash" : "solid", width: state.single ? 1.2 : 2.4 },
    marker: { size: state.single ? 4 : 6, symbol: network.dashed ? "square" : "circle" },
  });
  const mean = network => {
    const { mean: means, low, high, n } = network.mean[state.error];
    return line(network, network.mean, means, "mean", at => low[at] === null ? "" : `<br>(${low[at]} to ${high[at]}, ${n[at]} seeds)`);
  };
  const single = (network, run) => line(network, run, run[state.error], `seed ${run.seed}${run.diverged ? ", diverged" : ""}`, () => "");

  const draw = () => {
    const shown = networks.filter(network => state.networks.has(network));
    const traces = state.single
      ? shown.flatMap(network => network.runs.filter(run => state.seeds.has(run.seed)).map(run => single(network, run)))
      : shown.map(mean);
    const axis = { gridcolor: paint("line"), linecolor: paint("muted"), zeroline: false, fixedrange: true, rangemode: "tozero" };
    which.disabled = !state.single;
    networks.forEach((network, at) => { swatches[at].style.borderColor = network.colour[Number(night.matches)]; });
    return plotly().react(chart, traces, {
      ...common(), hovermode: "closest", hoverdistance: 30, dragmode: false, margin: { l: 48, r: 12, t: 12, b: 44 },
      xaxis: { ...axis, title: { text: "Training step" }, tickformat: ",", nticks: 6 },
      yaxis: { ...axis, title: { text: ERRORS[state.error] } },
    }, config);
  };

  const swatches = networks.map(network => element("span", { className: network.dashed ? "swatch dashed" : "swatch" }));
  const which = group("Seeds", ...seeds.map(seed => input("checkbox", "seed", true, put(state.seeds, seed, draw), String(seed))));
  controls.append(
    choice("Error", [["test", "Test"], ["train", "Training"]], error => { state.error = error; draw(); }),
    choice("Curves", [[false, "Means over seeds"], [true, "Single seeds"]], on => { state.single = on; draw(); }),
    which,
    ...[...new Set(networks.map(network => network.architecture))].map(architecture => group(`Layers, ${architecture}`,
      ...networks.flatMap((network, at) => network.architecture !== architecture ? [] :
        [input("checkbox", "network", network.shown, put(state.networks, network, draw), swatches[at], String(network.depth))]))),
  );
  chart.setAttribute("aria-label", "Chart: error against training step of the chosen networks");
  return draw;
};

// Loss surfaces ------------------------------------------------------------------------------------------------------

const UP = { x: 0, y: 0, z: 1 };
const TOP = 4; // the last colour's power of ten, as in the figure
const power = exponent => "10" + [...String(exponent)].map(sign => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("");

const surfaces = ({ planes }, controls, chart) => {
  const logs = planes.flatMap(plane => plane.log10_loss.flat()).filter(value => value !== null);
  const low = Math.floor(Math.min(...logs)), high = Math.ceil(Math.max(...logs));
  const step = Math.ceil((high - low) / 6) || 1;
  const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, at) => low + at * step);
  let plane = planes[0];
  const narrow = () => chart.clientWidth < 480; // no room for the scale of colours, whose values stand at the axis, too
  const start = () => {
    const far = narrow() ? 1.9 : 1.35;
    return { eye: { x: far, y: -far, z: 0.63 * far }, up: UP, center: { x: 0, y: 0, z: -0.15 } };
  };

  const words = ({ name, first, second, log10_loss: values, error }) => values.map((row, y) => row.map((value, x) => value === null ? "" :
    `${name}<br><b>loss ${number(10 ** value, 3)} nats</b> (10^${value.toFixed(2)})<br>error ${error[y][x]} %<br>at ${number(first[x], 2)}, ${number(second[y], 2)}`));
  const draw = () => {
    const axis = { color: paint("ink"), gridcolor: paint("line"), zeroline: false, showspikes: false, backgroundcolor: "rgba(0,0,0,0)" };
    const labelled = values => ({ tickvals: values, ticktext: values.map(power) });
    const heights = labelled(ticks.slice(narrow() ? 1 : 0)); // where it is narrow, the lowest meets another axis
    const text = words(plane), place = [plane.second.indexOf(0), plane.first.indexOf(0)];
    const middle = plane.log10_loss[place[0]]?.[place[1]] ?? null;
    return plotly().react(chart, [
      {
        type: "surface", x: plane.first, y: plane.second, z: plane.log10_loss, text, hovertemplate: "%{text}<extra></extra>",
        colorscale: "Viridis", cmin: low, cmax: Math.max(Math.min(high, TOP), low + 1), lighting: { ambient: 0.8, diffuse: 0.4, specular: 0.05 },
        showscale: !narrow(), colorbar: { title: { text: "Loss (nats)" }, ...labelled(ticks), thickness: 12, len: 0.7, outlinewidth: 0 },
      },
      {
        type: "scatter3d", mode: "markers", x: [0], y: [0], z: [middle], marker: { size: 4, color: paint("ink"), symbol: "cross" },
        text: [`the trained network<br>${middle === null ? "" : text[place[0]][place[1]]}`], hovertemplate: "%{text}<extra></extra>",
      },
    ], {
      ...common(), margin: { l: 0, r: 0, t: 0, b: 0 },
      scene: {
        camera: chart.layout?.scene.camera ?? start(), dragmode: "turntable", aspectmode: "manual", aspectratio: { x: 1, y: 1, z: 0.75 },
        xaxis: { ...axis, title: { text: "First direction" } }, yaxis: { ...axis, title: { text: "Second direction" } },
        zaxis: { ...axis, ...heights, title: { text: "Loss" }, range: [low, high] },
      },
    }, config);
  };

  // A turn of the camera: radians around, radians up, and the factor of its distance.
  const turn = (around, up, nearer = 1) => () => {
    const camera = structuredClone(chart.layout.scene.camera), { x, y, z } = camera.eye;
    const distance = Math.hypot(x, y, z) * nearer, side = Math.atan2(y, x) + around;
    const height = Math.min(Math.max(Math.asin(z / Math.hypot(x, y, z)) + up, -1.5), 1.5);
    camera.eye = { x: distance * Math.cos(height) * Math.cos(side), y: distance * Math.cos(height) * Math.sin(side), z: distance * Math.sin(height) };
    camera.up = UP;
    plotly().relayout(chart, { "scene.camera": camera });
  };
  // Else a finger that scrolls the page would turn the surface.
  const grip = on => { chart.classList.toggle("held", !on); };
  const mouse = matchMedia("(pointer: fine)").matches;
  grip(mouse);
  // The library keeps where a mouse leaves the camera, but not where a finger does.
  chart.addEventListener("touchend", () => chart.querySelector("canvas").dispatchEvent(new MouseEvent("mouseup")));
  controls.append(
    choice("Network", planes.map(each => [each, each.name]), each => { plane = each; draw(); }),
    group("View",
      button("Left", turn(-0.3, 0)), button("Right", turn(0.3, 0)), button("Higher", turn(0, 0.2)), button("Lower", turn(0, -0.2)),
      button("Nearer", turn(0, 0, 0.85)), button("Farther", turn(0, 0, 1 / 0.85)), button("From above", turn(0, 4)),
      button("Reset", () => plotly().relayout(chart, { "scene.camera": start() })),
      input("checkbox", "grip", mouse, grip, "Dragging turns it; without this tick it scrolls the page")),
  );
  chart.setAttribute("aria-label", "Surface: training loss around the chosen network, along two directions");
  return draw;
};

// Places -------------------------------------------------------------------------------------------------------------

// The words at a point, which a tap shows too briefly.
const plain = ({ text, data, pointNumber }) =>
  [text ?? data.text].map(words => Array.isArray(words) ? words[pointNumber[0]][pointNumber[1]] : words)[0].replaceAll("<br>", ", ").replace(/<.*?>/g, "");

const CHARTS = { training_curves: curves, surfaces };

for (const place of document.querySelectorAll("details.explore")) {
  let draw;
  place.hidden = false;
  place.addEventListener("toggle", () => {
    if (!place.open) return;
    if (!draw && place.dataset.chart === "surfaces" && !document.createElement("canvas").getContext("webgl")) {
      place.append(element("p", { textContent: "This browser has no WebGL, which draws the surface. The figure above shows the same values." }));
      draw = () => {};
    } else if (!draw) {
      const chart = element("div", { className: "chart", role: "img" }), controls = element("form", { className: "controls" });
      controls.addEventListener("submit", event => event.preventDefault());
      chart.addEventListener("wheel", event => event.stopPropagation(), { capture: true }); // the wheel scrolls the page
      const values = element("output", { textContent: "Point at the chart or touch it to read a value." });
      place.append(controls, chart, values);
      draw = CHARTS[place.dataset.chart](JSON.parse(place.querySelector("script").textContent), controls, chart);
      draw().then(() => {
        for (const event of ["plotly_hover", "plotly_click"]) chart.on(event, ({ points: [point] }) => { values.textContent = plain(point); });
      });
    } else {
      draw();
    }
  });
  night.addEventListener("change", () => { if (draw && place.open) draw(); });
}
})();
