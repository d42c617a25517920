// Draws every element with data-map (see pages/maps.py): GeoJSON from our own addresses, no tiles, no glyph server.
// Names are written with the reader's own fonts into small pictures, which MapLibre places so that they do not overlap.
// A page may call `element.musubime.show(view, values)`; the map itself is `element.musubime.map`.

const INK = "#1a1a1c", GREY = "#9a9aa3";
const RATIO = 2; // pictures are drawn at twice their size, for sharp screens

function library(address) {
  if (window.maplibregl) return Promise.resolve(window.maplibregl);
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done(window.maplibregl);
    script.onerror = failed;
    document.head.append(script);
  });
}

function canvas(width, height) {
  const element = document.createElement("canvas");
  element.width = Math.ceil(width * RATIO);
  element.height = Math.ceil(height * RATIO);
  const pen = element.getContext("2d");
  pen.scale(RATIO, RATIO);
  return pen;
}

const taken = (pen) => pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);

function namePicture(name, size, weight) {
  const font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  let pen = canvas(1, 1);
  pen.font = font;
  const width = pen.measureText(name).width;
  pen = canvas(width + 8, size + 8);
  pen.font = font;
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = "rgba(255,255,255,.92)";
  pen.strokeText(name, 4, size / 2 + 4);
  pen.fillStyle = INK;
  pen.fillText(name, 4, size / 2 + 4);
  return taken(pen);
}

function shapePicture(shape, colour, size) {
  const pen = canvas(size, size), middle = size / 2, r = middle - 2;
  pen.translate(middle, middle);
  pen.beginPath();
  if (shape === "diamond") { pen.moveTo(0, -r); pen.lineTo(r, 0); pen.lineTo(0, r); pen.lineTo(-r, 0); pen.closePath(); }
  else if (shape === "triangle") { pen.moveTo(0, -r); pen.lineTo(r, r * 0.8); pen.lineTo(-r, r * 0.8); pen.closePath(); }
  else if (shape === "square") { pen.rect(-r * 0.8, -r * 0.8, r * 1.6, r * 1.6); }
  else if (shape === "cross") { pen.moveTo(-r, -r); pen.lineTo(r, r); pen.moveTo(r, -r); pen.lineTo(-r, r); }
  else { pen.arc(0, 0, r * 0.85, 0, 2 * Math.PI); }
  pen.lineJoin = "round";
  if (shape === "cross") {
    pen.lineWidth = 6; pen.strokeStyle = "#fff"; pen.stroke();
    pen.lineWidth = 3; pen.strokeStyle = colour; pen.stroke();
  } else {
    pen.lineWidth = 3; pen.strokeStyle = "#fff"; pen.stroke();
    pen.fillStyle = colour; pen.fill();
  }
  return taken(pen);
}

// Ids of pictures say what is drawn: name|size|weight|words, shape|kind|colour|size.
function picture(id) {
  const [kind, a, b, ...rest] = id.split("|");
  if (kind === "name") return namePicture(rest.join("|"), Number(a), b);
  if (kind === "shape") return shapePicture(a, b, Number(rest[0]));
  return null;
}

function chosen(values, by, otherwise) {
  if (!by || values.length < 2) return values[0] ?? otherwise;
  return ["match", ["to-number", ["get", by], -1], ...values.flatMap((value, n) => [n, value]), otherwise];
}

const wide = (thin, thick, zoom) => ["interpolate", ["linear"], ["zoom"], zoom, thin, zoom + 4, thick];

function radius(size, scale, zoom) {
  const grown = (factor) => ["max", 3, ["*", scale * factor, ["sqrt", ["max", 0, ["to-number", ["get", size], 0]]]]];
  return ["interpolate", ["linear"], ["zoom"], zoom, grown(1), zoom + 4, grown(3)];
}

function icon(layer, size) {
  const shapes = layer.shapes.length ? layer.shapes : ["circle"];
  const colours = layer.colours.length ? layer.colours : [INK];
  const kinds = Array.from({ length: Math.max(shapes.length, colours.length) }, (_, n) =>
    `shape|${shapes[Math.min(n, shapes.length - 1)]}|${colours[Math.min(n, colours.length - 1)]}|${size}`);
  return chosen(kinds, layer.by, kinds[0]);
}

// {value} in the texts of a layer, also within lists.
function filled(part, values) {
  if (typeof part === "string") return part.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  if (Array.isArray(part)) return part.map((one) => filled(one, values));
  return part;
}

const filledLayer = (layer, values) => Object.fromEntries(Object.entries(layer).map(([key, part]) => [key, filled(part, values)]));

function styles(layer, state) {
  const { zoom, scale, large } = state, name = layer.id, source = state.sources[layer.id];
  if (layer.kind === "ground") {
    return [
      { id: `${name}-land`, type: "fill", source, filter: ["==", ["get", "kind"], "boundary"], paint: { "fill-color": "#fbfbf9" } },
      { id: `${name}-areas`, type: "line", source, filter: ["==", ["get", "kind"], "area"], paint: { "line-color": "#cfd3cf", "line-width": 0.8 } },
      { id: `${name}-roads`, type: "line", source, filter: ["==", ["get", "kind"], "road"], layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ["match", ["get", "rank"], 0, "#a9a9b2", 1, "#bdbdc5", "#d6d6dc"],
          "line-width": ["interpolate", ["linear"], ["zoom"], zoom, ["match", ["get", "rank"], 0, 1.8, 1, 1.2, 0.6], zoom + 4, ["match", ["get", "rank"], 0, 6, 1, 4, 2.5]] } },
      { id: `${name}-edge`, type: "line", source, filter: ["==", ["get", "kind"], "boundary"], paint: { "line-color": "#5f6368", "line-width": 1.2 } },
    ];
  }
  if (layer.kind === "lines") {
    return [{ id: name, type: "line", source, layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": chosen(layer.colours, layer.by, GREY), "line-width": wide(2.5, 6, zoom) } }];
  }
  const only = layer.only ? ["to-boolean", ["get", layer.only]] : true;
  const found = [];
  if (layer.kind === "circles") {
    found.push({ id: name, type: "circle", source, filter: only,
      layout: { "circle-sort-key": ["*", -1, ["to-number", ["get", layer.size], 0]] },
      paint: { "circle-color": chosen(layer.colours, layer.by, GREY), "circle-radius": radius(layer.size, scale[name] ?? 1, zoom),
        "circle-stroke-color": "#4d4d55", "circle-stroke-width": 1 } });
  } else {
    const few = state.counts[name] <= 40, some = state.counts[name] <= 120;
    const size = (layer.shapes[0] === "diamond" ? (some ? 26 : 18) : few ? 15 : some ? 12 : 9) * (large ? 1.5 : 1);
    found.push({ id: name, type: "symbol", source, filter: only,
      layout: { "icon-image": icon(layer, size), "icon-allow-overlap": true, "icon-ignore-placement": true } });
  }
  if (layer.names) {
    const always = layer.names === "always", size = (always ? 15 : 12.5) * (large ? 1.4 : 1);
    found.push({ id: `${name}-names`, type: "symbol", source, filter: only, ...(always ? {} : { minzoom: zoom + 1.3 }),
      layout: { "icon-image": ["concat", `name|${size}|${always ? 700 : 400}|`, ["get", "name"]], "icon-anchor": "left",
        "icon-offset": [always ? 13 : 8, 0], "icon-padding": 1,
        ...(layer.size ? { "symbol-sort-key": ["*", -1, ["to-number", ["get", layer.size], 0]] } : {}) } });
  }
  return found;
}

function popupContent(feature, layer, words) {
  const box = document.createElement("div"), { name, url } = feature.properties;
  const title = box.appendChild(document.createElement("h3"));
  title.textContent = name ?? "";
  const list = document.createElement("dl");
  for (const [label, key] of layer.popup) {
    const value = feature.properties[key];
    if (value === undefined || value === null || value === "") continue;
    list.append(Object.assign(document.createElement("dt"), { textContent: label }),
      Object.assign(document.createElement("dd"), { textContent: typeof value === "number" ? value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) : String(value) }));
  }
  if (list.children.length) box.append(list);
  if (url && url.startsWith("/")) box.append(Object.assign(document.createElement("a"), { href: url, textContent: words.more }));
  return box;
}

async function draw(element) {
  const config = JSON.parse(document.getElementById(element.dataset.map).textContent);
  const none = () => {
    element.hidden = true;
    element.parentElement.querySelector(".map-none").hidden = false;
    element.parentElement.querySelector("details.map-list")?.setAttribute("open", "");
    element.dataset.ready = "none";
  };
  let maplibre, map;
  try {
    maplibre = await library(element.dataset.library);
    map = new maplibre.Map({
      container: element, style: { version: 8, sources: {}, layers: [{ id: "paper", type: "background", paint: { "background-color": "#eceef0" } }] },
      bounds: config.bounds, fitBoundsOptions: { padding: 24 }, attributionControl: false, cooperativeGestures: true, dragRotate: false,
      pitchWithRotate: false, touchPitch: false, maxPitch: 0, maxZoom: 17, locale: config.words, fadeDuration: 0,
      canvasContextAttributes: { preserveDrawingBuffer: true }, // so that it is printed
    });
  } catch { none(); return; }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  if (document.fullscreenEnabled) map.addControl(new maplibre.FullscreenControl(), "top-right");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  map.on("styleimagemissing", ({ id }) => {
    const made = picture(id);
    if (made && !map.hasImage(id)) map.addImage(id, made, { pixelRatio: RATIO });
  });
  const plain = new Map(config.layers.map((layer) => [layer.id, layer]));
  const current = new Map(plain);
  const state = { zoom: 0, scale: {}, counts: {}, sources: {}, twins: {}, large: document.body.classList.contains("projector") };
  let popup = null;

  // Circles cover about a twentieth of the map, whatever the town, and keep their measure in every view.
  function measure(layer, data) {
    const sizes = data.features.map((feature) => Math.max(0, Number(feature.properties[layer.measure]) || 0));
    const most = Math.max(0, ...sizes), total = sizes.reduce((sum, size) => sum + size, 0);
    const room = element.clientWidth * element.clientHeight;
    state.scale[layer.id] = total ? Math.min(Math.sqrt(0.05 * room / (Math.PI * total)), 24 / Math.sqrt(most)) : 1;
  }

  function show(view, values = config.values) {
    for (const layer of config.layers) {
      const changed = filledLayer({ ...plain.get(layer.id), ...(config.views[view]?.[layer.id] ?? {}) }, values);
      current.set(layer.id, changed);
      for (const style of styles(changed, state)) {
        if (!map.getLayer(style.id)) { map.addLayer(style); }
        else {
          map.setFilter(style.id, style.filter === true ? null : style.filter ?? null);
          for (const [key, value] of Object.entries(style.paint ?? {})) map.setPaintProperty(style.id, key, value);
          for (const [key, value] of Object.entries(style.layout ?? {})) map.setLayoutProperty(style.id, key, value);
        }
        map.setLayoutProperty(style.id, "visibility", changed.hidden ? "none" : "visible");
      }
    }
    element.dataset.view = view;
    popup?.remove();
  }

  const clickable = () => config.layers.filter((layer) => layer.kind !== "ground" && map.getLayer(layer.id)).map((layer) => layer.id).reverse();
  map.on("click", (event) => {
    const around = [[event.point.x - 5, event.point.y - 5], [event.point.x + 5, event.point.y + 5]];
    const feature = map.queryRenderedFeatures(around, { layers: clickable() })[0];
    popup?.remove();
    if (!feature) return;
    const point = feature.geometry.type === "Point" ? feature.geometry.coordinates : event.lngLat;
    popup = new maplibre.Popup({ maxWidth: "320px" }).setLngLat(point)
      .setDOMContent(popupContent(feature, current.get(feature.layer.id), config.words)).addTo(map);
    element.dispatchEvent(new CustomEvent("musubime:chosen", { detail: { layer: feature.layer.id, ...feature.properties } }));
  });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = map.queryRenderedFeatures(event.point, { layers: clickable() }).length ? "pointer" : "";
  });

  async function load(layer, url) {
    const shared = config.layers.find((other) => other.url === url && state.sources[other.id] && other !== layer);
    if (shared) { state.sources[layer.id] = state.sources[shared.id]; state.twins[shared.id] = layer.id; return; }
    state.sources[layer.id] = `source-${layer.id}`;
    const answer = await fetch(url, { headers: { Accept: "application/geo+json" } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    const data = await answer.json();
    if (layer.kind === "circles") measure(layer, data);
    for (const id of [layer.id, state.twins[layer.id]]) state.counts[id] = data.features.length;
    const source = map.getSource(state.sources[layer.id]);
    if (source) source.setData(data); else map.addSource(state.sources[layer.id], { type: "geojson", data, tolerance: 0.2 });
  }

  await new Promise((done) => map.loaded() ? done() : map.once("load", done));
  state.zoom = map.getZoom();
  await Promise.all(config.layers.map((layer) => load(layer, layer.url)));
  show(config.view);
  element.musubime = { map, show, config, reload: (id, url) => load(plain.get(id), url ?? plain.get(id).url) };
  map.once("idle", () => {
    element.dataset.ready = "yes";
    element.dispatchEvent(new CustomEvent("musubime:ready"));
  });
}

for (const element of document.querySelectorAll("[data-map]")) draw(element);
