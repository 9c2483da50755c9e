/* What every page does beyond its HTML: keys, and nothing that a page cannot do without. */
"use strict";

(() => {
  /* What a page says after a form, it says once. */
  const address = new URL(location.href);
  if (address.searchParams.has("notice")) {
    address.searchParams.delete("notice");
    history.replaceState(history.state, "", address);
  }

  const keys = document.getElementById("keys");
  const opener = document.querySelector("[data-keys]");
  if (keys && opener) {
    opener.hidden = false;
    opener.addEventListener("click", () => keys.showModal());
  }

  /* A menu closes when somebody goes on elsewhere. */
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  /* A letter stands behind the picture of a person: it is seen when the picture is gone. */
  const drop = (picture) => picture.matches?.(".person img") && picture.remove();
  document.addEventListener("error", (event) => drop(event.target), true);
  for (const picture of document.querySelectorAll(".person img")) {
    if (picture.complete && !picture.naturalWidth) drop(picture);
  }

  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (keys?.open) return;
    if (event.key === "?" && keys) keys.showModal();
    const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  });
})();
