"use strict";
(() => {
  // On paper nothing can be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });

  const search = document.getElementById("search");
  if (!search) return;
  const found = document.getElementById("found");
  const fold = document.getElementById("fold");
  const groups = [...document.querySelectorAll(".group")].map((group) => ({
    group,
    wasOpen: group.open,
    name: group.querySelector("b").textContent.toLowerCase(),
    number: group.querySelector(".number"),
    total: group.querySelector(".number").textContent,
    entries: [...group.querySelectorAll(".entry")],
    texts: null,
  }));

  function show(wanted) {
    let total = 0;
    for (const each of groups) {
      each.texts ??= each.entries.map((entry) => entry.textContent.toLowerCase());
      let shown = 0;
      each.entries.forEach((entry, number) => {
        const matches = !wanted || each.name.includes(wanted) || each.texts[number].includes(wanted);
        if (entry.hidden === matches) entry.hidden = !matches;
        if (matches) shown += 1;
      });
      each.number.textContent = wanted ? `${shown.toLocaleString("en")} of ${each.total}` : each.total;
      each.group.hidden = wanted !== "" && shown === 0;
      each.group.open = wanted ? shown > 0 : each.wasOpen;
      total += shown;
    }
    for (const section of document.querySelectorAll(".searched")) {
      section.hidden = wanted !== "" && !section.querySelector(".group:not([hidden])");
    }
    found.textContent = wanted ? `${total.toLocaleString("en")} found` : "";
  }

  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => show(search.value.trim().toLowerCase()), 120);
  });
  fold.addEventListener("click", () => {
    const open = groups.some((each) => !each.group.open);
    for (const each of groups) each.group.open = each.wasOpen = open;
    fold.textContent = open ? "Fold all" : "Unfold all";
  });
})();
