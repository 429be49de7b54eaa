// Tables of data: which view of them is shown, and their order. How a view is drawn is in layouts.js.
(function () {
  "use strict";
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
      var draw = window.siteLayouts[view.kind];
      frame.hidden = Boolean(draw);
      if (!draw) { arrange(view); return; }
      drawn = draw(view, table);
      drawn.classList.add("layout");
      frame.before(drawn);
    }

    // The table itself: rows, columns and groups of one view
    function arrange(view) {
      var placed = new Set();
      clear();
      body.replaceChildren();
      pick(grid.tHead.rows[0], heads);
      (view.groups || [["", "", 0, table.numbers(view)]]).forEach(function (group) {
        if (view.groups) body.append(heading(group, view.columns.length));
        group[3].forEach(function (number) {
          var row = rows.get(number);
          if (!placed.has(number)) pick(row.element, row.cells);
          // A row with several values is in several groups.
          body.append(placed.has(number) ? row.element.cloneNode(true) : row.element);
          placed.add(number);
        });
      });
      function pick(row, cells) {
        row.replaceChildren.apply(row, view.columns.map(function (column) { return cells[column]; }));
      }
    }
    function heading(group, width) {
      var line = document.createElement("tr"), cell = document.createElement("th");
      line.className = "group";
      cell.colSpan = Math.max(1, width);
      cell.scope = "rowgroup";
      cell.append(window.siteLayouts.chip(group[0], group[1]), " ", window.siteLayouts.count(group[2]));
      line.append(cell);
      return line;
    }

    function clear() { heads.forEach(function (head) { head.removeAttribute("aria-sort"); }); }
    function sort(head, column) {
      var down = head.getAttribute("aria-sort") === "ascending";
      clear();
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var shown = Array.from(new Set(Array.from(body.querySelectorAll("tr[data-row]")).map(function (row) {
        return Number(row.dataset.row);
      })));
      var key = function (number) {
        var cell = rows.get(number).cells[column];
        return cell.dataset.key !== undefined ? cell.dataset.key : cell.textContent.trim();
      };
      shown.sort(function (a, b) {
        var x = key(a), y = key(b);
        if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1;
        var order = !isNaN(x) && !isNaN(y) ? x - y : x.localeCompare(y, undefined, { numeric: true });
        return down ? -order : order;
      });
      body.replaceChildren();
      shown.forEach(function (number) { body.append(rows.get(number).element); });
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
  follow();
  window.addEventListener("hashchange", follow);
})();
