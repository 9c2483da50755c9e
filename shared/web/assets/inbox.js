/* The inbox: keys, what is selected, and the text of a reply, which is kept until it is sent. */
"use strict";

(() => {
  const main = document.getElementById("main");
  const form = document.getElementById("reply");
  const picks = () => [...main.querySelectorAll(".pick input")];

  const count = () => {
    const label = document.querySelector("[data-count]");
    const chosen = picks().filter((box) => box.checked);
    if (label) label.textContent = `${chosen.length} selected`;
  };
  main.addEventListener("change", count);
  document.getElementById("selected")?.addEventListener("reset", () => setTimeout(count));
  const everything = document.querySelector("[data-all]");
  if (everything) {
    everything.hidden = false;
    everything.addEventListener("click", () => {
      for (const box of picks()) box.checked = true;
      count();
    });
  }
  count();

  /* Shown again, the first page asks for what is new, unless somebody works with it. */
  let shown = picks().length;
  const ask = () => {
    const list = document.getElementById("list");
    const isBusy = picks().some((box) => box.checked) || list?.contains(document.activeElement);
    if (!document.hidden && list?.hasAttribute("hx-get") && !isBusy && picks().length <= shown) {
      htmx.trigger(list, "again");
    }
  };
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("online", ask);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "list") shown = picks().length;
  });

  /* j and k go through the rows, here or beside a conversation; x selects, e is done, r replies. */
  const rows = () => [...document.querySelectorAll("#items > .item")];
  const step = (by) => {
    const found = rows();
    const focused = found.indexOf(document.activeElement.closest(".item"));
    const open = found.findIndex((row) => row.querySelector("[aria-current]"));
    const next = Math.max(0, Math.min(found.length - 1, (focused < 0 ? open : focused) + by));
    found[next]?.querySelector(".words").focus();
  };
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = document.activeElement.closest("#items > .item");
    const box = row?.querySelector(".pick input");
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "e") row?.querySelector(".row-act")?.click();
    else if (event.key === "x" && box) {
      box.checked = !box.checked;
      count();
    } else if (event.key === "r" && form) {
      event.preventDefault();
      form.elements.text.focus();
    }
  });

  /* What is typed outlives a reload and the end of the session. */
  const kept = form && `reply:${form.dataset.item}`;
  const store = {
    get: () => {
      try {
        return localStorage.getItem(kept);
      } catch {
        return null;
      }
    },
    set: (text) => {
      try {
        if (text) localStorage.setItem(kept, text);
        else localStorage.removeItem(kept);
      } catch {
        /* Without storage, the page works as it does without scripts. */
      }
    },
  };
  if (form) {
    const field = form.elements.text;
    if ("accepted" in form.dataset) store.set("");
    // After htmx has found the field, which then counts it.
    document.addEventListener("DOMContentLoaded", () => {
      const text = store.get();
      if (!text || field.value) return;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.addEventListener("input", () => store.set(field.value));
  }
})();
