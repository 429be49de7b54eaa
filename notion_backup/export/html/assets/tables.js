// Tables of data: which view of them is shown, and their order. How a view is drawn is in layouts.js.
(function () {
  "use strict";
  var MOST = 300; // so many rows at a time
  var PAPER = 8; // so many columns fit on a sheet
  var compare = new Intl.Collator(undefined, { numeric: true }).compare;
  var known = new Map(); // by the id of their buttons: views with their tables, for dashboards and links

  function prepare(data) {
    var grid = data.querySelector("table"), body = grid.tBodies[0], frame = data.querySelector(".wide");
    var note = data.querySelector(".view-note");
    var buttons = Array.from(data.querySelectorAll("button[data-view]"));
    var heads = Array.from(grid.tHead.rows[0].cells);
    var rows = new Map(); // by number: the element, and its cells in the order of all columns
    Array.from(body.rows).forEach(function (row) {
      rows.set(Number(row.dataset.row), { element: row, cells: Array.from(row.cells) });
    });
    var all = Array.from(rows.keys()).sort(function (a, b) { return a - b; });
    var shown = { columns: heads.map(function (_, column) { return column; }), numbers: all }; // by the table itself
    var drawn = null;
    var table = {
      name: data.dataset.name,
      columns: heads.map(function (head) { return head.textContent; }),
      row: function (number) { return rows.get(number); },
      numbers: function (view) {
        if (!view.groups && !view.lanes) return view.rows || all;
        var groups = view.groups || [].concat.apply([], view.lanes.map(function (lane) { return lane[2]; }));
        return Array.from(new Set([].concat.apply([], groups.map(function (group) { return group[3]; }))));
      },
      widget: function (id) { return known.get("v" + id); }
    };

    function show(button) {
      var view = JSON.parse(button.dataset.view);
      buttons.forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      note.textContent = view.note;
      if (drawn) drawn.remove();
      drawn = null;
      var draw = window.siteLayouts.kinds.get(view.kind);
      frame.hidden = Boolean(draw);
      if (!draw) { arrange(view); return; }
      drawn = draw(view, table);
      drawn.classList.add("layout");
      frame.before(drawn);
    }

    // The table itself: rows, columns and groups of one view
    function arrange(view) {
      var lines = [];
      (view.groups || [["", "", 0, table.numbers(view)]]).forEach(function (group) {
        if (view.groups) lines.push(group);
        group[3].forEach(function (number) { lines.push(number); });
      });
      shown = { columns: view.columns, numbers: table.numbers(view) };
      clear();
      pick(grid.tHead.rows[0], heads);
      fill(lines);
    }
    function fill(lines) {
      var placed = new Set(), layouts = window.siteLayouts;
      body.replaceChildren();
      layouts.some(body, lines, function (line) {
        if (typeof line !== "number") return heading(line);
        var row = rows.get(line);
        if (placed.has(line)) return row.element.cloneNode(true); // with several values: in several groups
        placed.add(line);
        pick(row.element, row.cells);
        return row.element;
      }, MOST, function (button) { return layouts.restOfTable(button, shown.columns.length); });
    }
    function pick(row, cells) {
      row.replaceChildren.apply(row, shown.columns.map(function (column) { return cells[column]; }));
    }
    function heading(group) {
      var line = document.createElement("tr"), cell = document.createElement("th");
      line.className = "group";
      cell.colSpan = Math.max(1, shown.columns.length);
      cell.scope = "rowgroup";
      cell.append(window.siteLayouts.chip(group[0], group[1]), " ", window.siteLayouts.count(group[2]));
      line.append(cell);
      return line;
    }

    function clear() { heads.forEach(function (head) { head.removeAttribute("aria-sort"); }); }
    function sort(head, column) {
      var down = head.getAttribute("aria-sort") === "ascending", keys = new Map();
      clear();
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      shown.numbers.forEach(function (number) {
        var cell = rows.get(number).cells[column];
        keys.set(number, cell.dataset.key !== undefined ? cell.dataset.key : cell.textContent.trim());
      });
      fill(shown.numbers.slice().sort(function (a, b) {
        var x = keys.get(a), y = keys.get(b);
        if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1;
        var order = !isNaN(x) && !isNaN(y) ? x - y : compare(x, y);
        return down ? -order : order;
      }));
    }
    heads.forEach(function (head, column) {
      head.querySelector("button").addEventListener("click", function () { sort(head, column); });
    });

    buttons.forEach(function (button) {
      known.set(button.id, { name: button.firstChild.textContent, view: JSON.parse(button.dataset.view), table: table });
      button.addEventListener("click", function () {
        show(button);
        if (button.id) history.replaceState(null, "", "#" + button.id);
      });
    });
    window.addEventListener("beforeprint", function () {
      for (var more; (more = data.querySelector("button.more"));) more.click(); // all of it goes on paper
      grid.classList.toggle("records", shown.columns.length > PAPER);
      if (shown.columns.length > PAPER) body.querySelectorAll("td").forEach(function (cell) {
        cell.dataset.label = table.columns[shown.columns[cell.cellIndex]];
      });
    });
    return function (id) {
      var asked = buttons.find(function (button) { return button.id && button.id === id; });
      var first = buttons.find(function (button) { return !button.hidden; });
      if (asked) asked.hidden = false;
      if (asked || (first && id === null)) show(asked || first);
      if (asked) data.scrollIntoView();
    };
  }

  var tables = Array.from(document.querySelectorAll(".data")).map(prepare);
  function follow() {
    tables.forEach(function (open) { open(location.hash.slice(1)); });
  }
  tables.forEach(function (open) { open(null); });
  document.querySelectorAll(".data").forEach(function (data) { data.classList.add("ready"); });
  follow();
  window.addEventListener("hashchange", follow);
})();
