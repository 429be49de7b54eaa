// How the views of a database are drawn from the rows of its table. A layout is given a view (see drawn_view.py) and the
// table, and gives an element. Text is put in as text, and values are copies of the table's cells.
(function () {
  "use strict";
  var MOST = 100; // so many cards at a time
  var COVERS = new Map([["small", "12rem"], ["medium", "16rem"], ["large", "20rem"]]);
  var DAY = 86400000;
  var PIXELS = new Map([ // a day
    ["hours", 96], ["day", 48], ["week", 24], ["bi_week", 14], ["month", 8], ["quarter", 4], ["year", 2], ["5_years", 0.5]
  ]);
  var COLOURS = ["blue", "green", "orange", "purple", "yellow", "pink", "red", "brown", "gray"];

  function make(tag, className) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    for (var i = 2; i < arguments.length; i++) if (arguments[i] !== null) element.append(arguments[i]);
    return element;
  }
  function region(element, name) {
    element.tabIndex = 0;
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", name);
    return element;
  }
  function named(element, name) {
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", name);
    return element;
  }
  function chip(name, colour) { return make("span", "chip bg-" + (colour || "default"), name); }
  function count(number) { return make("span", "quiet", String(number)); }
  function copy(cell) {
    var copied = make("span", "value");
    cell.childNodes.forEach(function (node) {
      if (node.className === "cell") copied.append.apply(copied, node.cloneNode(true).childNodes);
      else copied.append(node.cloneNode(true));
    });
    return copied;
  }
  function titleOf(row) {
    var title = copy(row.cells.find(function (cell) { return cell.tagName === "TH"; }));
    title.className = "title";
    return title;
  }
  function filled(cell) { return cell.textContent.trim() !== "" && cell.tagName === "TD"; }
  function shownCells(view, row) {
    return view.columns.map(function (number) { return row.cells[number]; }).filter(filled);
  }

  // Values of a row, each with the name of its property for those who do not see where it stands
  function values(view, table, row) {
    var cells = shownCells(view, row);
    if (!cells.length) return null;
    var list = make("ul", "values");
    cells.forEach(function (cell) {
      var name = table.columns[row.cells.indexOf(cell)];
      var bare = cell.querySelector(".check"); // says nothing without its name
      var item = make("li", "", make("span", bare ? "quiet" : "hidden", name + ": "), copy(cell));
      item.title = name;
      list.append(item);
    });
    return list;
  }

  // Many things in a list: the first of them, then a button for as many again. ``rest`` makes the place of the button.
  function some(list, items, draw, most, rest) {
    var at = 0, more = null;
    function next() {
      var first = null;
      if (more) more.remove();
      items.slice(at, at + most).forEach(function (item) {
        var drawn = draw(item);
        first = first || drawn;
        list.append(drawn);
      });
      at += most;
      if (at >= items.length) return first;
      var button = make("button", "more", "Show more (" + (items.length - at).toLocaleString() + ")");
      button.type = "button";
      button.addEventListener("click", function () {
        var link = next().querySelector("a");
        if (link) link.focus({ preventScroll: true });
      });
      more = rest(button);
      list.append(more);
      return first;
    }
    next();
    return list;
  }
  function cards(list, numbers, draw) {
    return some(list, numbers, draw, MOST, function (button) { return make("li", "rest", button); });
  }

  function card(view, table, number) {
    var row = table.row(number), item = make("li", "tile");
    var pictures = row.element.dataset.pictures ? JSON.parse(row.element.dataset.pictures) : {};
    if (view.cover) {
      var cover = make("div", "tile-cover");
      if (pictures[view.cover]) {
        var image = make("img", view.fit === "contain" ? "contained" : "");
        image.src = pictures[view.cover];
        image.alt = "";
        image.loading = "lazy";
        cover.append(image);
      }
      if (view.kind === "gallery" || cover.firstChild) item.append(cover);
    }
    item.append(make("div", "tile-text", titleOf(row), values(view, table, row)));
    return item;
  }

  function columns(view, table, groups) {
    var board = make("div", "board");
    groups.forEach(function (group) {
      var name = make("p", "group-name", chip(group[0], group[1]), " ", count(group[2]));
      var list = cards(make("ul", "tiles"), group[3], function (number) { return card(view, table, number); });
      board.append(named(make("div", "board-column ground-" + (group[1] || "default"), name, list), group[0]));
    });
    return board;
  }
  function board(view, table) {
    var whole = region(make("div", "boards"), table.name);
    (view.lanes || [["", "", view.groups || [["All", "", table.numbers(view).length, table.numbers(view)]]]])
      .forEach(function (lane) {
        if (view.lanes) whole.append(make("p", "lane", chip(lane[0], lane[1])));
        whole.append(columns(view, table, lane[2]));
      });
    return whole;
  }

  function gallery(view, table) {
    var list = make("ul", "tiles gallery"), numbers = table.numbers(view);
    var pictured = numbers.some(function (number) { return table.row(number).element.dataset.pictures; });
    var shown = pictured ? view : Object.assign({}, view, { cover: null });
    list.style.setProperty("--tile", COVERS.get(view.size) || "16rem");
    return cards(list, numbers, function (number) { return card(shown, table, number); });
  }

  function lines(view, table) {
    return cards(make("ul", "lines"), table.numbers(view), function (number) {
      var row = table.row(number);
      return make("li", "", titleOf(row), values(view, table, row));
    });
  }

  // Days as numbers: what has no day has null
  function dayOf(text) {
    var time = text ? Date.parse(text.slice(0, 10) + "T00:00:00Z") : NaN;
    return isNaN(time) ? null : Math.round(time / DAY);
  }
  function spanOf(view, row) {
    var cell = row.cells[view.date], last = view.end === undefined ? cell : row.cells[view.end];
    var start = cell ? dayOf(cell.dataset.key) : null;
    var end = last ? dayOf(last.dataset.end || last.dataset.key) : null;
    if (start === null) return null;
    return [start, end === null || end < start ? start : end];
  }
  function date(day) { return new Date(day * DAY); }
  function iso(day) { return date(day).toISOString().slice(0, 10); }
  function worded(day, how) {
    return new Intl.DateTimeFormat(undefined, Object.assign({ timeZone: "UTC" }, how)).format(date(day));
  }
  function undated(view, table, numbers) {
    if (!numbers.length) return null;
    var list = cards(make("ul", "lines"), numbers, function (number) { return make("li", "", titleOf(table.row(number))); });
    return make("details", "undated", make("summary", "", "Without a date (" + numbers.length + ")"), list);
  }

  function calendar(view, table) {
    var months = new Map(), without = [];
    table.numbers(view).forEach(function (number) {
      var span = spanOf(view, table.row(number));
      if (!span) { without.push(number); return; }
      for (var day = span[0]; day <= Math.min(span[1], span[0] + 366); day++) {
        var month = iso(day).slice(0, 7);
        if (!months.has(month)) months.set(month, new Map());
        if (!months.get(month).has(day)) months.get(month).set(day, []);
        months.get(month).get(day).push(number);
      }
    });
    var whole = make("div", "months");
    Array.from(months.keys()).sort().forEach(function (month) {
      whole.append(monthGrid(view, table, month, months.get(month)));
    });
    whole.append(undated(view, table, without) || "");
    return whole;
  }
  function monthGrid(view, table, month, days) {
    var first = dayOf(month + "-01"), grid = make("table", "month"), head = make("tr"), body = make("tbody");
    var monday = first - (date(first).getUTCDay() + 6) % 7;
    for (var i = 0; i < 7; i++) {
      var th = make("th", "", worded(monday + i, { weekday: "short" }));
      th.scope = "col";
      head.append(th);
    }
    for (var start = monday; start === monday || iso(start).slice(0, 7) === month; start += 7) {
      var week = make("tr");
      for (var day = start; day < start + 7; day++) {
        var inside = iso(day).slice(0, 7) === month, cell = make("td", inside ? "" : "outside");
        if (inside) fill(cell, day, days.get(day));
        week.append(cell);
      }
      body.append(week);
    }
    grid.append(make("caption", "", worded(first, { month: "long", year: "numeric" })), make("thead", "", head), body);
    return grid;

    function fill(cell, day, numbers) {
      var time = make("time", "", String(date(day).getUTCDate()));
      time.dateTime = iso(day);
      time.dataset.weekday = worded(day, { weekday: "short" });
      cell.append(time);
      if (!numbers) return;
      cell.className = "busy";
      cell.append(cards(make("ul", "events"), numbers, function (number) {
        var row = table.row(number);
        return make("li", "", titleOf(row), values(view, table, row));
      }));
    }
  }

  function timeline(view, table) {
    var spans = new Map(), without = [], low = Infinity, high = -Infinity;
    table.numbers(view).forEach(function (number) {
      var span = spanOf(view, table.row(number));
      if (!span) { without.push(number); return; }
      spans.set(number, span);
      low = Math.min(low, span[0]);
      high = Math.max(high, span[1]);
    });
    if (!spans.size) return make("div", "", undated(view, table, without) || make("p", "quiet", "No rows"));
    low = dayOf(iso(low).slice(0, 8) + "01");
    var total = high - low + 5;
    var width = Math.min(20000, Math.max(400, total * (PIXELS.get(view.zoom) || 8)));
    function at(element, start, length) {
      element.style.left = 100 * (start - low) / total + "%";
      if (length) element.style.width = 100 * length / total + "%";
      return element;
    }
    var axis = make("div", "axis");
    axis.setAttribute("aria-hidden", "true");
    var every = Math.max(1, Math.ceil(total / 30.4 / (width / 110))); // months between two marks
    for (var day = low, month = 0; day < low + total; month++) {
      if (month % every === 0) axis.append(at(make("span", "", worded(day, { month: "short", year: "numeric" })), day, 0));
      day = dayOf(iso(dayOf(iso(day).slice(0, 8) + "28") + 4).slice(0, 8) + "01");
    }
    var list = cards(make("ol", "bars"), Array.from(spans.keys()), function (number) {
      var row = table.row(number), span = spans.get(number);
      var bar = at(make("span", "bar"), span[0], span[1] - span[0] + 1);
      var when = make("span", "when", iso(span[0]) + (span[1] > span[0] ? " → " + iso(span[1]) : ""));
      if (span[1] - low < 0.75 * total) at(when, span[1] + 1, 0);
      else when.style.right = 100 * (low + total - span[0]) / total + "%"; // before the bar: after it is no room
      return make("li", "", titleOf(row), make("div", "track", bar, when));
    });
    var whole = region(make("div", "timeline", axis, list), table.name);
    whole.style.setProperty("--track", width + "px");
    return make("div", "", whole, undated(view, table, without));
  }

  function map(view, table) {
    return cards(make("ul", "lines places"), table.numbers(view), function (number) {
      var row = table.row(number), cell = row.cells[view.place], at = cell && cell.dataset.at;
      var item = make("li", "", titleOf(row));
      if (at) {
        var link = make("a", "out", at.replace(",", ", "));
        var both = at.split(",").map(encodeURIComponent);
        link.href = "https://www.openstreetmap.org/?mlat=" + both[0] + "&mlon=" + both[1] + "#map=15/" + both.join("/");
        link.rel = "noreferrer noopener";
        item.append(make("span", "where", copy(cell), " ", link));
      } else {
        item.append(make("span", "where quiet", "No place"));
      }
      item.append(values(Object.assign({}, view, {
        columns: view.columns.filter(function (column) { return column !== view.place; })
      }), table, row) || "");
      return item;
    });
  }

  function form(view) {
    var list = make("ol", "questions");
    view.asks.forEach(function (ask) {
      list.append(make("li", "", make("b", "", ask[0]), " ", make("span", "quiet", ask[1] + (ask[2] ? ": " + ask[2] : ""))));
    });
    return make("div", "form", view.closed ? make("p", "quiet", "This form is closed.") : null, list);
  }

  // A chart: its figures as a table, with bars in it, or below the drawing that charts.js makes
  function chart(view, table) {
    var told = view.chart, whole = make("figure", "chart");
    var label = table.name + ": " + told.measure + (told.along ? " by " + told.along : "");
    if (told.kind === "number") {
      whole.append(make("p", "big", shown(told.bars[0][2][0])), make("figcaption", "", told.caption || told.measure));
      return whole;
    }
    var stacked = told.series.length > 1 || told.series[0][0] !== "";
    var taken = stacked ? told.series.map(function (one) { return one[1]; }) : told.bars.map(function (bar) { return bar[1]; });
    var free = COLOURS.filter(function (one) { return taken.indexOf(one) < 0; });
    if (!free.length) free = COLOURS;
    function tint(bar, series) {
      var named = stacked ? told.series[series][1] : told.kind === "line" ? "blue" : told.bars[bar][1];
      return named && named !== "default" ? named : free[(stacked ? series : bar) % free.length];
    }
    var drawing = told.bars.length ? window.siteDrawings.get(told.kind) : null;
    if (drawing) {
      var picture = drawing(told, tint);
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", label + "; the figures are in the table below");
      whole.append(region(make("div", "wide", picture), label + ", drawn"));
    }
    whole.append(figures(told, label, tint, stacked, Boolean(drawing)));
    if (told.caption) whole.append(make("figcaption", "", told.caption));
    return whole;
  }
  function shown(figure) {
    return figure === null ? "–" : typeof figure === "number" ? figure.toLocaleString() : figure;
  }
  function figures(told, label, tint, stacked, drawn) {
    var head = make("tr"), body = make("tbody"), most = 0;
    told.bars.forEach(function (bar) { bar[2].forEach(function (one) { if (one > most) most = one; }); });
    function name(text, scope, colour) {
      var th = make("th", "", colour ? make("span", "dot tint-" + colour) : null, text);
      th.scope = scope;
      return th;
    }
    head.append(name(told.along || "Rows", "col"));
    told.series.forEach(function (one, series) {
      head.append(name(one[0] || told.measure, "col", stacked ? tint(0, series) : ""));
    });
    told.bars.forEach(function (bar, number) {
      var line = make("tr", "", name(bar[0], "row", drawn && !stacked ? tint(number, 0) : ""));
      bar[2].forEach(function (figure, series) {
        var length = make("span", "length tint-" + tint(number, series));
        length.style.width = (figure > 0 && most ? 100 * figure / most : 0) + "%";
        line.append(make("td", "", make("span", "figure", shown(figure)), drawn ? null : make("span", "lengths", length)));
      });
      body.append(line);
    });
    var grid = make("table", "figures", make("caption", "hidden", label), make("thead", "", head), body);
    return region(make("div", "wide", grid), label);
  }

  function restOfTable(button, width) {
    var cell = make("td", "", button);
    cell.colSpan = Math.max(1, width);
    return make("tr", "rest", cell);
  }

  // A table as a part of a dashboard
  function sheet(view, table) {
    var head = make("tr"), body = make("tbody");
    view.columns.forEach(function (column) {
      var th = make("th", "", table.columns[column]);
      th.scope = "col";
      head.append(th);
    });
    some(body, table.numbers(view), function (number) {
      var row = table.row(number);
      return make.apply(null, ["tr", ""].concat(view.columns.map(function (column) {
        return row.cells[column].cloneNode(true);
      })));
    }, MOST, function (button) { return restOfTable(button, view.columns.length); });
    return region(make("div", "wide", make("table", "", make("thead", "", head), body)), table.name);
  }

  function dashboard(view, table) {
    var whole = make("div", "dashboard");
    view.widgets.forEach(function (row) {
      var line = make("div", "widgets");
      row.forEach(function (widget) {
        var found = table.widget(widget.view), box = named(make("div", "widget"), found ? found.name : "Widget");
        box.style.flexGrow = widget.width || 1;
        if (found) {
          var draw = window.siteLayouts.kinds.get(found.view.kind) || sheet;
          box.append(make("p", "group-name", found.name));
          if (found.view.kind !== "dashboard") box.append(draw(found.view, found.table));
        } else {
          box.append(make("p", "quiet", "A view that is not in this export"));
        }
        line.append(box);
      });
      whole.append(line);
    });
    return whole;
  }

  window.siteLayouts = {
    chip: chip, count: count, some: some, restOfTable: restOfTable,
    kinds: new Map([
      ["board", board], ["gallery", gallery], ["list", lines], ["calendar", calendar], ["timeline", timeline],
      ["map", map], ["form", form], ["chart", chart], ["dashboard", dashboard]
    ])
  };
})();
