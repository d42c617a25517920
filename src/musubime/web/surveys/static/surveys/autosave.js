// Saves each answer as soon as it is left. What could not be sent yet is kept in this browser, with the version it was
// typed upon, and is sent when the page is open again; the server merges it, so that it overwrites nobody.
const form = document.getElementById("return-form");
const status = document.getElementById("saving");
const store = form.dataset.key;
const dirty = new Set();
let sending = false, waiting = false, retry = 0, timer = 0;

const pathOf = (control) => control.name.replace(/\?$/, "");
const controls = (path) => [...form.elements].filter((c) => c.name && c.name !== "on" && pathOf(c) === path);
const page = new Set([...form.elements].filter((c) => c.name === "on").map((c) => c.value));

function say(words, bad = false, href = "") {
  status.textContent = words;
  status.classList.toggle("bad", bad);
  if (href) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = words;
    status.replaceChildren(link);
  }
}

function read() {
  try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return {}; }
}

function write(kept) {
  try {
    if (Object.keys(kept).length) localStorage.setItem(store, JSON.stringify(kept));
    else localStorage.removeItem(store);
  } catch { /* a browser that keeps nothing still sends */ }
}

function valuesOf(path) {
  const values = [];
  for (const control of controls(path)) {
    if ((control.type === "checkbox" || control.type === "radio") && !control.checked) continue;
    values.push([control.name, control.value]);
  }
  return values;
}

function keep(path) {
  const kept = read();
  kept[path] = { values: valuesOf(path), seen: form.elements.seen.value, editor: form.elements.editor.value };
  write(kept);
}

function forget(path, sent) {
  const kept = read();
  if (kept[path] && JSON.stringify(kept[path].values) === JSON.stringify(sent)) {
    delete kept[path];
    write(kept);
    return true;
  }
  return false;
}

function restore() {
  const kept = read();
  let found = false;
  for (const path of Object.keys(kept)) {
    if (!page.has(path)) continue;
    const values = kept[path].values;
    if (JSON.stringify(values) === JSON.stringify(valuesOf(path))) { forget(path, values); continue; }
    found = true;
    for (const control of controls(path)) {
      if (control.type === "checkbox" || control.type === "radio")
        control.checked = values.some(([name, value]) => name === control.name && value === control.value);
      else control.value = values.find(([name]) => name === control.name)?.[1] ?? "";
    }
    dirty.add(path);
  }
  if (found) { say(form.dataset.restored); send(); }
}

async function send() {
  if (sending || !dirty.size) return;
  sending = true;
  clearTimeout(timer);
  const kept = read();
  const first = [...dirty][0];
  const base = kept[first] || { seen: form.elements.seen.value, editor: form.elements.editor.value };
  const paths = [...dirty].filter((path) => !kept[path] || (kept[path].seen === base.seen && kept[path].editor === base.editor));
  const body = new FormData();
  const sent = new Map();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("seen", base.seen);
  body.append("editor", base.editor);
  body.append("sure", "1");
  for (const path of page) if (!/^[nw]\//.test(path)) body.append("shown", path);
  for (const path of paths) {
    body.append("on", path);
    sent.set(path, valuesOf(path));
    for (const [name, value] of sent.get(path)) body.append(name, value);
  }
  say(form.dataset.saving);
  let answer, told = {};
  try {
    answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error", credentials: "same-origin" });
    told = await answer.json().catch(() => ({}));
  } catch { answer = null; }
  sending = false;
  if (answer && answer.ok) {
    retry = 0;
    for (const path of paths) if (forget(path, sent.get(path)) || !read()[path]) dirty.delete(path);
    show(told, paths);
    if (dirty.size) await send();
    return;
  }
  if (answer && answer.status === 409 && told.closed) {
    for (const path of paths) { forget(path, sent.get(path)); dirty.delete(path); }
    say(form.dataset.closed, true, told.href);
    return;
  }
  if (answer && answer.status === 401) say(form.dataset.out, true);
  else if (answer && answer.status < 500) { say(form.dataset.refused, true); return; }
  else say(form.dataset.lost, true);
  retry = Math.min(retry + 1, 6);
  timer = setTimeout(again, 2000 * 2 ** (retry - 1));
}

// After signing in again the token is another one: it stands in this page's own address.
async function again() {
  try {
    const fresh = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    const token = fresh.ok && new DOMParser().parseFromString(await fresh.text(), "text/html")
      .querySelector("#return-form input[name=csrfmiddlewaretoken]");
    if (token) form.elements.csrfmiddlewaretoken.value = token.value;
  } catch { /* the next try will tell */ }
  send();
}

function show(told, paths) {
  for (const [path, field] of Object.entries(told.fields || {})) {
    const box = document.getElementById("q-" + path.replaceAll("/", "-"));
    if (!box) continue;
    const found = box.querySelector(".found");
    const busy = found.contains(document.activeElement) || [...found.querySelectorAll("[name]")].some((c) => dirty.has(pathOf(c)));
    if (!busy && found.dataset.html !== field.found) {
      found.innerHTML = field.found; // made and escaped by the server's own template
      found.dataset.html = field.found;
      for (const control of found.querySelectorAll("input[name=on]")) page.add(control.value);
    }
    box.classList.toggle("not-asked", !field.asked);
    box.querySelector(".when").hidden = field.asked;
    for (const control of controls(path)) {
      if (field.wrong) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
      if (field.text !== null && paths.includes(path) && !dirty.has(path) && control.type !== "checkbox"
          && control !== document.activeElement) control.value = field.text;
    }
  }
  waiting = waiting || Boolean(told.conflict);
  if (told.conflict) say(form.dataset.conflict, true, told.conflict);
  else if (told.others) say(told.others, true);
  else say(form.dataset.saved.replace("TIME", told.at));
}

function changed(event) {
  const control = event.target;
  if (!control.name || control.name === "on" || control.type === "hidden") return;
  const path = pathOf(control);
  const unknown = form.elements[path + "?"];
  if (unknown && control !== unknown && control.value.trim()) unknown.checked = false;
  if (unknown && control === unknown && unknown.checked) form.elements[path].value = "";
  dirty.add(path);
  keep(path);
}

form.addEventListener("input", changed);
form.addEventListener("change", (event) => { changed(event); send(); });
// The buttons go on only when everything is saved; without this script they send the whole form.
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const next = event.submitter ? event.submitter.value : "";
  while (sending) await new Promise((done) => setTimeout(done, 50));
  if (dirty.size) await send();
  if (dirty.size || waiting) return;
  if (next && next !== location.pathname) location.assign(next);
  else if (!status.textContent) say(form.dataset.saved.replace("TIME", new Date().toTimeString().slice(0, 5)));
});
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });

restore();
