/* The settings: copying, a key or secret that disappears when its page is left, and the device's zone. */
"use strict";

(() => {
  const textOf = (source) => source.value ?? source.textContent;

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(textOf(source));
    const said = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    const before = said.textContent;
    said.textContent = "Copied";
    document.getElementById("notices").textContent = "Copied.";
    setTimeout(() => {
      said.textContent = before;
      document.getElementById("notices").textContent = "";
    }, 2000);
  };

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", () => copy(button));
    }
  }

  for (const input of document.querySelectorAll("[data-select]")) {
    input.addEventListener("focus", () => input.select());
  }

  const once = document.querySelector("[data-once]");
  if (once) {
    // A reload asks for the page that the form is on, and does not send the form again.
    history.replaceState(null, "", once.dataset.once);
    // Browsers may keep a page to come back to.
    addEventListener("pagehide", () => once.remove());
  }

  const hint = document.querySelector("[data-device-zone]");
  const zones = document.getElementById("timezone");
  const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (hint && zones && device !== zones.value && [...zones.options].some((o) => o.value === device)) {
    hint.querySelector("strong").textContent = device;
    hint.querySelector("button").addEventListener("click", () => {
      zones.value = device;
      hint.hidden = true;
    });
    hint.hidden = false;
  }
})();
