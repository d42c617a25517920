(function () {
  "use strict";
  var root = document.documentElement;
  var choices = document.querySelectorAll('input[name="language"]');
  choices.forEach(function (input) {
    input.addEventListener("change", function () { root.lang = input.id.slice(5); });
  });
  if (location.hash === "#en") { document.getElementById("lang-en").checked = true; root.lang = "en"; }

  // Columns of the long tables sort when their heading is pressed; without script they stand in the document's order.
  ["cap-settlements-table", "cap-unserved-table"].forEach(function (id) {
    var table = document.getElementById(id);
    if (!table) { return; }
    var heads = table.tHead.rows[0].cells;
    Array.prototype.forEach.call(heads, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, heads, column); });
    });
  });
  function value(cell) {
    var shown = cell.innerText.trim();
    var figure = parseFloat(shown.replace(/[,%]/g, ""));
    return isNaN(figure) || cell.classList.contains("words") || cell.tagName === "TH" ? shown : figure;
  }
  function sort(table, heads, column) {
    var down = heads[column].getAttribute("aria-sort") !== "descending";
    Array.prototype.forEach.call(heads, function (head) { head.removeAttribute("aria-sort"); });
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0];
    Array.prototype.slice.call(body.rows).map(function (row) {
      return { row: row, key: value(row.cells[column]) };
    }).sort(function (a, b) {
      var order = typeof a.key === "number" && typeof b.key === "number" ? a.key - b.key
        : String(a.key).localeCompare(String(b.key), "ja");
      return down ? -order : order;
    }).forEach(function (item) { body.appendChild(item.row); });
  }
})();
