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

  /* Platforms change the addresses of pictures after a while: what is below or beside them stays. */
  const leave = (img) => (img.closest(".avatar") || img).remove();
  const PICTURES = "img[referrerpolicy]";
  document.addEventListener("error", (event) => event.target.matches?.(PICTURES) && leave(event.target), true);
  for (const img of document.querySelectorAll(PICTURES)) if (img.complete && !img.naturalWidth) leave(img);

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
