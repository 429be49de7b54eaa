// Columns, lines and rings for charts. The figures stand in a table below each; here they are only seen.
(function () {
  "use strict";
  var SPACE = "http://www.w3.org/2000/svg";
  var WIDE = 720, HIGH = 280, LEFT = 60, BOTTOM = 40, TOP = 12, LONGEST = 18;

  function draw(tag, attributes, text) {
    var element = document.createElementNS(SPACE, tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function size(figure) { return typeof figure === "number" ? Math.max(0, figure) : 0; }
  function short(text, most) { return text.length > most ? text.slice(0, most - 1) + "…" : text; }
  function sum(figures) { return figures.reduce(function (total, figure) { return total + size(figure); }, 0); }

  // A round number at or above the highest figure, and the lines up to it
  function scale(most) {
    var step = Math.pow(10, Math.floor(Math.log10(most || 1)));
    var factor = [0.5, 1, 2, 2.5].find(function (one) { return most / (step * one) <= 5; }) || 2.5;
    return { step: step * factor, top: Math.max(1, Math.ceil(most / (step * factor))) * step * factor };
  }
  function axes(svg, told, most) {
    var found = scale(most), across = (WIDE - LEFT) / told.bars.length;
    var up = function (figure) { return HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * figure / found.top; };
    for (var at = 0; at <= found.top + found.step / 2; at += found.step) {
      svg.append(draw("line", { x1: LEFT, x2: WIDE, y1: up(at), y2: up(at), class: "line" }));
      svg.append(draw("text", { x: LEFT - 8, y: up(at) + 4, "text-anchor": "end" }, at.toLocaleString()));
    }
    var longest = Math.max.apply(null, told.bars.map(function (bar) { return short(bar[0], LONGEST).length; }));
    var every = Math.ceil((7 * longest + 12) / across); // so many columns below one label
    told.bars.forEach(function (bar, number) {
      if (number % every) return;
      var label = short(bar[0], LONGEST);
      svg.append(draw("text", { x: LEFT + across * (number + 0.5), y: HIGH - BOTTOM + 20, "text-anchor": "middle" }, label));
    });
    return { up: up, across: across };
  }
  function canvas(high) { return draw("svg", { viewBox: "0 0 " + WIDE + " " + high }); }
  function highest(told, of) { return Math.max.apply(null, told.bars.map(function (bar) { return of(bar[2]); })); }

  function column(told, colour) {
    var svg = canvas(HIGH), plan = axes(svg, told, highest(told, sum)), width = Math.min(64, plan.across * 0.7);
    told.bars.forEach(function (bar, number) {
      var base = 0;
      bar[2].forEach(function (figure, place) {
        var top = plan.up(base + size(figure));
        svg.append(draw("rect", {
          x: LEFT + plan.across * (number + 0.5) - width / 2, width: width, y: top, height: plan.up(base) - top,
          class: "tint-" + colour(number, place)
        }));
        base += size(figure);
      });
    });
    return svg;
  }

  function line(told, colour) {
    var most = highest(told, function (figures) { return Math.max.apply(null, figures.map(size)); });
    var svg = canvas(HIGH), plan = axes(svg, told, most);
    told.series.forEach(function (_, place) {
      var points = told.bars.map(function (bar, number) {
        return [LEFT + plan.across * (number + 0.5), plan.up(size(bar[2][place]))];
      });
      var tint = "tint-" + colour(0, place);
      svg.append(draw("polyline", { points: points.join(" "), class: "stroke " + tint }));
      points.forEach(function (point) { svg.append(draw("circle", { cx: point[0], cy: point[1], r: 3, class: tint })); });
    });
    return svg;
  }

  // A ring of arcs, each as long as its share: the circle's way round is 100
  function donut(told, colour) {
    var svg = canvas(HIGH), total = told.bars.reduce(function (all, bar) { return all + sum(bar[2]); }, 0), at = 0;
    var middle = { cx: WIDE / 2, cy: HIGH / 2, r: 95, pathLength: 100 };
    told.bars.forEach(function (bar, number) {
      var share = total ? 100 * sum(bar[2]) / total : 0;
      var rest = { class: "ring tint-" + colour(number, 0), "stroke-dasharray": share + " " + (100 - share) };
      rest["stroke-dashoffset"] = 25 - at;
      if (share) svg.append(draw("circle", Object.assign({}, middle, rest)));
      at += share;
    });
    svg.append(draw("text", { x: WIDE / 2, y: HIGH / 2 + 8, "text-anchor": "middle", class: "total" }, total.toLocaleString()));
    return svg;
  }

  window.siteDrawings = new Map([["column", column], ["line", line], ["donut", donut]]);
})();
