// The switch of a plan's page: the map changes at once, the figures follow from the server (htmx).
const form = document.getElementById("switch");
const map = document.getElementById("map");

function asked() {
  const values = Object.fromEntries(new FormData(form));
  const view = values.show === "age" ? "age" : values.year === form.dataset.base ? "now" : "reach";
  return [view, { case: values.case, year: values.year }];
}

form?.addEventListener("change", () => map?.musubime?.show(...asked()));
map?.addEventListener("musubime:ready", () => map.musubime.show(...asked())); // chosen while the map was loading
