// The board: the map can be enlarged and moved, nothing is asked for a hidden page, links are copied, pages printed.

const STEP = 1.6, MOST = 12;
let box = null; // what part of the map is seen, kept over a new answer: [x, y, width, height]

const map = () => document.querySelector(".ws-frame svg.plan-map");
const whole = (svg) => svg.dataset.whole ??= svg.getAttribute("viewBox");

function see(svg, next) {
  const [, , width, height] = whole(svg).split(" ").map(Number);
  const w = Math.min(width, Math.max(width / MOST, next[2])), h = (w * height) / width;
  box = [Math.min(width - w, Math.max(0, next[0])), Math.min(height - h, Math.max(0, next[1])), w, h];
  svg.setAttribute("viewBox", box.join(" "));
  svg.classList.toggle("near", w < width);
  if (w >= width) box = null;
}

function zoom(how) {
  const svg = map();
  if (!svg) return;
  const now = svg.getAttribute("viewBox").split(" ").map(Number);
  if (how === "all") { see(svg, whole(svg).split(" ").map(Number)); return; }
  const factor = how === "in" ? 1 / STEP : STEP, w = now[2] * factor, h = now[3] * factor;
  see(svg, [now[0] + (now[2] - w) / 2, now[1] + (now[3] - h) / 2, w, h]);
}

function prepare() {
  for (const tools of document.querySelectorAll(".ws-zoom, [data-print], [data-copy]")) tools.hidden = false;
  const svg = map();
  if (!svg) return;
  whole(svg);
  if (box) see(svg, box);
}

document.addEventListener("click", async (event) => {
  const zoomer = event.target.closest("[data-zoom]");
  if (zoomer) zoom(zoomer.dataset.zoom);
  if (event.target.closest("[data-print]")) window.print();
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    const field = document.getElementById(copier.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
    copier.textContent = copier.dataset.copied;
  }
  const hub = event.target.closest("[data-place]");
  const list = document.getElementById("move-place");
  if (hub && list && [...list.options].some((option) => option.value === hub.dataset.place)) {
    list.value = hub.dataset.place;
    document.getElementById("no-hub-place").value = hub.dataset.place;
    list.closest("details").open = true;
    list.focus();
  }
});

let from = null;
document.addEventListener("pointerdown", (event) => {
  const svg = event.target.closest(".ws-frame svg.plan-map.near");
  if (svg) from = { svg, x: event.clientX, y: event.clientY, box: svg.getAttribute("viewBox").split(" ").map(Number) };
});
document.addEventListener("pointermove", (event) => {
  if (!from) return;
  const scale = from.box[2] / from.svg.clientWidth;
  see(from.svg, [from.box[0] - (event.clientX - from.x) * scale, from.box[1] - (event.clientY - from.y) * scale, from.box[2], from.box[3]]);
});
document.addEventListener("pointerup", () => { from = null; });
document.addEventListener("pointercancel", () => { from = null; });

document.addEventListener("htmx:afterSettle", prepare);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "search" && document.hidden) event.preventDefault();
  if (event.target.matches("form")) document.getElementById("busy")?.classList.add("htmx-request");
});
document.addEventListener("htmx:afterRequest", () => { document.getElementById("busy")?.classList.remove("htmx-request"); });
prepare();
