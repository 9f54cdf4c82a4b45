// Copyright (c) 2026, the community.immuta authors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Without this script the page says the same: it only adds the controls.
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const body = one("#clusters tbody");
  const rows = [...body.rows];
  const search = one("#search");

  function addButton(text, label, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", () => action(button));
    return button;
  }

  // Filter: every word of the text, and one of the pressed counts
  const chips = all("[data-count]").map((count) => {
    const chip = addButton("", "", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
    chip.className = count.className;
    chip.dataset.count = count.dataset.count;
    chip.setAttribute("aria-pressed", "false");
    chip.append(...count.childNodes);
    count.replaceWith(chip);
    return chip;
  });
  const isPressed = (chip) => chip.getAttribute("aria-pressed") === "true";

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const tags = chips.filter(isPressed).map((chip) => chip.dataset.count);
    const fits = (row) =>
      words.every((word) => row.dataset.search.includes(word)) &&
      (tags.length === 0 || tags.some((tag) => row.dataset.tags.split(" ").includes(tag)));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row);
      if (!row.hidden) shown += 1;
    }
    one("#shown").textContent = `${shown} of ${rows.length} shown`;
    one("#all").hidden = words.length + tags.length === 0;
    one("#nothing").hidden = shown > 0;
  }

  function showAll() {
    search.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    filter();
    search.focus();
  }

  // Sort: a second click turns the order around
  function sort(header) {
    const key = header.dataset.sort;
    const opposite = { ascending: "descending", descending: "ascending" };
    const order = opposite[header.getAttribute("aria-sort")] || header.dataset.first || "ascending";
    for (const other of all("th[aria-sort]")) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const collator = new Intl.Collator("en", { numeric: true });
    body.append(...[...rows].sort((a, b) => sign * collator.compare(a.dataset[key], b.dataset[key])));
  }

  for (const header of all("th[data-sort]")) {
    header.replaceChildren(addButton(header.textContent, "", () => sort(header)));
  }
  one('th[data-sort="severity"]').setAttribute("aria-sort", "ascending");

  // Copy: where the browser does not allow it, the command is selected
  async function copy(button, code) {
    window.getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    }
    one("#said").textContent = button.textContent;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  for (const command of all(".command")) {
    const code = command.querySelector("code");
    const button = addButton("Copy", `Copy the command for ${command.dataset.name}`, () => copy(button, code));
    button.className = "plain";
    command.append(button);
  }

  // Colors: those of the system, until somebody asks for the others
  const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const theme = one("#theme");
  const nameTheme = () => { theme.textContent = isDark() ? "Light colors" : "Dark colors"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  nameTheme();

  search.addEventListener("input", filter);
  one("#all").addEventListener("click", showAll);
  for (const control of all(".tools, #theme")) control.hidden = false;
  filter();
})();
