// Copyright (c) 2026, the community.immuta authors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  const body = document.querySelector("#clusters tbody");
  const rows = [...body.rows];
  const search = document.querySelector("#search");
  const chips = [...document.querySelectorAll("button[data-verdict]")];

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict);
    for (const row of rows) {
      const fits = words.every((word) => row.dataset.search.includes(word));
      row.hidden = !fits || (verdicts.length > 0 && !verdicts.includes(row.dataset.verdict));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    document.querySelector("#shown").textContent = `${shown} of ${rows.length} shown`;
  }

  function sort(header, key) {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of document.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const compare = (a, b) => a.dataset[key].localeCompare(b.dataset[key], "en", { numeric: true });
    const order = [...rows].sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
    body.append(...order);
  }

  for (const header of document.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sort(header, header.dataset.sort));
    header.replaceChildren(button);
  }
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  search.addEventListener("input", filter);
  const tools = document.querySelector("#tools");
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  filter();
})();
