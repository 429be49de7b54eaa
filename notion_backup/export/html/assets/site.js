// The tree and the search box. Nothing is fetched from elsewhere; data come as scripts beside this one, because pages
// opened from the disk may not read files. What draws the views of databases is loaded where there is one.
(function () {
  "use strict";
  var root = document.body.dataset.root;
  var here = document.body.dataset.page.replace(/-/g, "");
  var place = document.body.dataset.place.replace(/-/g, ""); // of a row of a table: its database
  document.documentElement.classList.add("js");

  function load(path, done) {
    var script = document.createElement("script");
    script.src = root + "assets/" + path;
    if (done) script.addEventListener("load", done);
    document.head.append(script);
  }

  function link(id, title) {
    var a = document.createElement("a");
    a.href = root + "pages/" + id + ".html";
    a.textContent = title;
    if (id === here || id === place) a.setAttribute("aria-current", "page");
    return a;
  }

  // The tree: [number, id, title, number of the page above or -1]
  window.siteTree = function (pages) {
    var below = new Map();
    var known = new Map(pages.map(function (page) { return [page[0], page]; }));
    pages.forEach(function (page) {
      var above = known.has(page[3]) ? page[3] : -1;
      if (page[3] !== -1 && above === -1) return; // lies below a row of a table: found through the table
      if (!below.has(above)) below.set(above, []);
      below.get(above).push(page);
    });
    var open = new Set();
    var at = pages.find(function (page) { return page[1] === place; });
    while (at && !open.has(at[0])) { open.add(at[0]); at = known.get(at[3]); }

    function list(number) {
      var ul = document.createElement("ul");
      var found = below.get(number) || [];
      found.sort(function (a, b) { return a[2].localeCompare(b[2]) || (a[1] < b[1] ? -1 : 1); });
      found.forEach(function (page) { ul.append(item(page)); });
      return ul;
    }
    function item(page) {
      var li = document.createElement("li");
      if (!below.has(page[0])) { li.append(link(page[1], page[2])); return li; }
      var details = document.createElement("details");
      var summary = document.createElement("summary");
      summary.setAttribute("aria-label", "Inside " + page[2]);
      details.append(summary);
      var fill = function () { if (details.children.length === 1) details.append(list(page[0])); };
      details.addEventListener("toggle", fill);
      if (open.has(page[0])) { fill(); details.open = true; }
      li.append(link(page[1], page[2]), details);
      return li;
    }
    document.getElementById("tree").replaceChildren(list(-1));
    var current = document.querySelector("#tree [aria-current]");
    if (current) current.scrollIntoView({ block: "nearest" });
  };
  load("tree.js");

  // The search box
  var SHARDS = 64, MOST = 50;
  var pages = null, shards = new Map(), waiting = 0;
  var box = document.getElementById("q"), found = document.getElementById("found");
  var UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+/g;

  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC").toLowerCase();
  }
  function words(text) {
    var list = [];
    (plain(text).match(/[\p{L}\p{N}]+/gu) || []).forEach(function (word) {
      (word.match(UNSPACED) || []).forEach(function (run) {
        if (run.length < 2) list.push(run);
        for (var i = 0; i + 1 < run.length; i++) list.push(run.slice(i, i + 2));
      });
      word.split(UNSPACED).forEach(function (part) { if (part) list.push(part.slice(0, 40)); });
    });
    return list;
  }
  function shard(word) {
    var letters = Array.from(word);
    return (letters[0].codePointAt(0) * 31 + (letters[1] ? letters[1].codePointAt(0) : 0)) % SHARDS;
  }
  window.sitePages = function (list) { pages = list; };
  window.siteWords = function (number, list) { shards.set(number, list); };

  function need(path, ready) {
    if (ready) return;
    waiting++;
    load(path, function () { waiting--; search(); });
  }
  function pagesWith(word) {
    var list = shards.get(shard(word)) || {}, hits = new Set();
    Object.keys(list).forEach(function (key) {
      if (key.startsWith(word)) list[key].forEach(function (page) { hits.add(page); });
    });
    return hits;
  }
  function search() {
    var asked = words(box.value);
    if (!asked.length) { found.replaceChildren(); return; }
    need("search/pages.js", pages);
    asked.forEach(function (word) {
      var number = shard(word);
      if (word.length > 1 && !shards.has(number)) { shards.set(number, null); need("search/" + number + ".js", false); }
    });
    if (waiting || !pages) return;
    var hits = null;
    asked.filter(function (word) { return word.length > 1; }).forEach(function (word) {
      var more = pagesWith(word);
      hits = hits ? new Set(Array.from(hits).filter(function (page) { return more.has(page); })) : more;
    });
    var text = plain(box.value.trim());
    var titled = [];
    pages.forEach(function (page, number) { if (plain(page[1]).includes(text)) titled.push(number); });
    var all = Array.from(new Set(titled.concat(Array.from(hits || []))));
    var ul = document.createElement("ul");
    all.slice(0, MOST).forEach(function (number) {
      var li = document.createElement("li"), page = pages[number];
      li.append(link(page[0], page[1]));
      if (pages[page[2]]) {
        var where = document.createElement("span");
        where.className = "quiet";
        where.textContent = pages[page[2]][1];
        li.append(where);
      }
      ul.append(li);
    });
    var count = document.createElement("p");
    count.className = "quiet";
    count.textContent = all.length ? all.length + (all.length === 1 ? " page" : " pages") : "Nothing found";
    found.replaceChildren(count, ul);
  }
  box.addEventListener("input", search);
  box.form.addEventListener("submit", function (event) {
    event.preventDefault();
    var first = found.querySelector("a");
    if (first) location.href = first.href;
  });

  if (document.querySelector(".data")) {
    load("charts.js", function () { load("layouts.js", function () { load("tables.js"); }); });
  }

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("main details").forEach(function (details) { details.open = true; });
  });
})();
