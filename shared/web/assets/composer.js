/* The composer: what is kept on this device, what the server says about it, and sending it. */
"use strict";

(() => {
  const root = document.getElementById("composer");
  if (!root) return;
  const form = root.closest("form");
  // What is kept is offered. What a browser fills in itself can be a post that was sent before.
  form.autocomplete = "off";
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const store = {
    get(key) {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
  };
  const KEEP = root.dataset.keep;
  const LAST = `${KEEP.split(":").slice(0, 2).join(":")}:accounts`;
  const NOT_KEPT = new Set(["csrf", "post", "retry", "split", "part", "do", "zone"]);
  const send = find("#send");
  const saved = find("#saved");
  const kept = find("#kept");
  let keepTimer = 0;
  let checkTimer = 0;
  let checking = null;
  let checks = 0;
  let attempted = false;
  let isSending = false;
  let problem = "";
  let isChanged = false;
  let isDone = false;
  let uploads = 0;
  let notAdded = 0;
  let sendsWhenReady = false;
  let offered = store.get(KEEP);

  // What is kept on this device.

  const entries = () => [...new FormData(form)].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string");
  const isWorthKeeping = () => entries().some(([name, value]) => (/^(text|media|alt)/.test(name) && value.trim()) || !root.dataset.new);

  const tell = (words) => {
    saved.textContent = words;
    saved.classList.toggle("bad", Boolean(problem));
  };

  const keep = () => {
    if (!isWorthKeeping()) {
      localStorage.removeItem(KEEP);
      tell(problem);
      return;
    }
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    const done = store.set(KEEP, { at: Date.now(), entries: entries() });
    const place = navigator.onLine ? "Saved on this device" : "Offline. Saved on this device";
    const words = done ? `${place} ${time}` : "Not saved: this browser keeps nothing for this page";
    tell(problem || words);
  };

  const forget = () => {
    isDone = true;
    clearTimeout(keepTimer);
    localStorage.removeItem(KEEP);
  };

  const restore = (state) => {
    const values = new Map();
    for (const [name, value] of state.entries) values.set(name, [...(values.get(name) || []), value]);
    for (const element of form.elements) {
      if (!element.name || NOT_KEPT.has(element.name) || element.name === "media" || element.name === "alt") continue;
      const sent = values.get(element.name) || [];
      if (element.type === "checkbox" || element.type === "radio") element.checked = sent.includes(element.value);
      else if (sent.length) element.value = sent[0];
    }
    const alts = values.get("alt") || [];
    const rows = (values.get("media") || []).map((url, row) => [url, alts[row] || ""]).filter(([url]) => url);
    root.dispatchEvent(new CustomEvent("files-kept", { detail: rows }));
    changed();
  };

  const ago = (at) => {
    const minutes = Math.floor((Date.now() - at) / 60000);
    if (minutes < 1) return "just now";
    if (minutes < 60) return `${minutes} min ago`;
    if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
    return new Date(at).toLocaleDateString();
  };

  const offer = () => {
    if (!offered || JSON.stringify(offered.entries) === JSON.stringify(entries())) return;
    kept.querySelector("[data-words]").textContent = `You wrote something here ${ago(offered.at)} and did not send it.`;
    kept.hidden = false;
  };

  // What the server says.

  const setFaults = (faults) => {
    for (const element of all(".field-fault[id]")) element.textContent = "";
    for (const element of all("[aria-invalid]")) element.removeAttribute("aria-invalid");
    for (const { at, message } of faults) {
      const place = document.getElementById(`${at}-fault`);
      if (place && !place.textContent.includes(message)) place.textContent = `${place.textContent} ${message}`.trim();
      const field = document.getElementById(at);
      if (field?.matches("input, textarea, select")) field.setAttribute("aria-invalid", "true");
    }
    const count = new Set(faults.map((fault) => fault.message)).size;
    find("[data-faults]").textContent = count ? ` (${count})` : "";
    find("#stops").textContent = count ? `${count} ${count === 1 ? "problem" : "problems"}` : "";
  };

  const setCounts = (counts) => {
    for (const place of all(".counts")) {
      const shown = (counts[place.id.replace(/-count$/, "")] || []).map((count) => {
        const element = document.createElement("span");
        element.className = `text-count ${count.tone}`;
        element.title = `${count.name}: at most that many ${count.unit}`;
        const mark = find(`[data-platform="${CSS.escape(count.platform)}"]`)?.closest(".account-chip").querySelector(".mark");
        if (mark) element.append(mark.cloneNode(true));
        element.append(count.words);
        return element;
      });
      place.replaceChildren(...shown);
    }
  };

  const setTime = (when) => {
    for (const element of all("[data-zone]")) element.textContent = when.zone;
    const distance = find("[data-distance]");
    if (!distance) return;
    distance.textContent = when.distance ? ` · ${when.distance}` : "";
    find("#at-note").textContent = when.note;
    if (when.moved) form.elements.at.value = when.moved;
    const chosen = find("[name=fold]:checked")?.value;
    const choices = when.choices.map(([value, words]) => {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: "fold", value, checked: value === chosen });
      label.append(radio, words);
      return label;
    });
    if (choices.length !== all("[name=fold]").length || !choices.length) find("#folds").replaceChildren(...choices);
  };

  // What a platform allows its account: some answer only after a while.
  const setAllowed = (parts) => {
    for (const { part, note, disabled } of parts) {
      const place = find(`#allowed-${CSS.escape(part)}`);
      if (!place) continue;
      if (!place.textContent) place.closest("details").open = true;
      place.textContent = note;
      for (const select of all(`[data-part="${CSS.escape(part)}"] select`)) {
        for (const option of select.options) option.disabled = !option.selected && Boolean(disabled[select.id]?.includes(option.value));
      }
    }
    checks = parts.some((each) => each.waits) ? checks + 1 : 0;
    if (checks) checkTimer = setTimeout(check, 2000);
  };

  const apply = (said) => {
    find("#summary").innerHTML = said.summary;
    find("#preview").innerHTML = said.preview;
    if (said.conflict) find("#conflict").innerHTML = said.conflict;
    setFaults(said.faults);
    setCounts(said.counts);
    setTime(said.when);
    setAllowed(said.allowed);
    for (const [name, words] of Object.entries(said.acts)) find(`[data-act=${name}]`).textContent = words;
  };

  const ask = async (address, fields, signal) => {
    const body = new FormData(form);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await fetch(address, { method: "POST", body, signal, headers: { Accept: "application/json" } });
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    return { answer, said: isJson ? await answer.json() : null };
  };

  const check = async () => {
    checking?.abort();
    checking = new AbortController();
    try {
      const { answer, said } = await ask(root.dataset.check, { quiet: attempted ? "" : "1", checks }, checking.signal);
      if (answer.ok && said && !isSending) apply(said);
      if (answer.status === 429 && said) checkTimer = setTimeout(check, 1000 * said.wait);
    } catch {
      // Offline, or overtaken by the next check: sending says what is wrong.
    }
  };

  // What follows from a change.

  const showParts = () => {
    const chosen = new Set(all("[name=account]:checked").map((box) => box.dataset.partOf));
    for (const part of all("[data-part]")) part.toggleAttribute("data-idle", !chosen.has(part.dataset.part));
    find("[data-no-options]").hidden = chosen.size > 0;
    const last = (store.get(LAST) || []).filter((key) => find(`[name=account][value="${CSS.escape(key)}"]`));
    const now = all("[name=account]:checked").map((box) => box.value);
    const button = find("[data-do=last]");
    if (!button) return;
    button.hidden = !root.dataset.new || !last.length || last.join() === now.join();
    button.textContent = `Choose the ${last.length === 1 ? "account" : `${last.length} accounts`} of your last post`;
  };

  const changed = () => {
    isChanged = true;
    isDone = false;
    showParts();
    clearTimeout(keepTimer);
    clearTimeout(checkTimer);
    keepTimer = setTimeout(keep, 500);
    checkTimer = setTimeout(check, 400);
  };

  const view = (name) => {
    root.dataset.view = name;
    for (const each of all("[data-tab]")) each.setAttribute("aria-pressed", String(each.dataset.tab === name));
  };

  const focusOn = (id) => {
    const field = document.getElementById(id);
    // The address of a file is hidden, its tile is not.
    const element = field?.name === "media" ? field.closest("[data-tile]") : field;
    if (!element) return;
    view("write");
    element.closest("details")?.setAttribute("open", "");
    element.scrollIntoView({ block: "center" });
    (element.matches("label") ? element.querySelector("input") : element).focus({ preventScroll: true });
  };

  // Sending.

  const stop = (words) => {
    isSending = false;
    send.disabled = false;
    delete send.dataset.says;
    problem = words;
    if (words) tell(words);
  };

  const submit = async () => {
    if (isSending) return;
    attempted = true;
    if (uploads) {
      sendsWhenReady = true;
      send.dataset.says = uploads === 1 ? "Waiting for 1 file" : `Waiting for ${uploads} files`;
      return;
    }
    sendsWhenReady = false;
    if (notAdded) {
      stop(`Not sent: ${notAdded === 1 ? "1 file was" : `${notAdded} files were`} not added. Try again, or remove ${notAdded === 1 ? "it" : "them"}.`);
      focusOn("files");
      return;
    }
    isSending = true;
    problem = "";
    clearTimeout(checkTimer);
    checking?.abort();
    send.disabled = true;
    send.dataset.says = "Sending";
    keep();
    try {
      const { said } = await ask(form.action, { do: "send" });
      if (said?.location) {
        send.dataset.says = "Accepted";
        store.set(LAST, all("[name=account]:checked").map((box) => box.value));
        forget();
        location.assign(said.location);
        return;
      }
      if (!said) {
        stop("Not sent: you are signed out, or this page is out of date. What you wrote is kept on this device.");
        const again = Object.assign(document.createElement("a"), { href: location.pathname + location.search, textContent: "Reload and continue" });
        saved.append(" ", again);
        return;
      }
      stop("");
      form.elements.key.value = said.key;
      form.elements.updated.value = said.updated;
      if (form.elements.at) form.elements.at.value = said.when.at;
      apply(said);
      find(said.conflict ? "#conflict" : "#summary").scrollIntoView({ block: "center" });
      find("#summary").focus({ preventScroll: true });
    } catch {
      stop("Not sent: no connection. What you wrote is kept on this device.");
    }
  };

  const DO = {
    continue() {
      restore(offered);
      kept.hidden = true;
      find("#text").focus();
    },
    discard() {
      forget();
      kept.querySelector("[data-words]").textContent = "Discarded.";
      kept.querySelector("[data-do=continue]").textContent = "Undo";
      kept.querySelector("[data-do=discard]").hidden = true;
    },
    last() {
      const last = store.get(LAST) || [];
      for (const box of all("[name=account]")) box.checked = last.includes(box.value);
      changed();
    },
    theirs: forget,
  };

  form.addEventListener("input", () => {
    problem = "";
    changed();
  });
  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target.dataset.own && target.checked) {
      const own = document.getElementById(`text-${target.dataset.own}`);
      if (!own.value) own.value = form.elements.text.value;
      own.focus();
      changed();
    }
    if (target.name === "when" && target.value === "at" && !form.elements.at.value) {
      form.elements.at.value = form.elements.at.dataset.usual;
      changed();
    }
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do], [data-same], [data-leave], [data-focus], [data-tab]");
    if (!button) return;
    const { same, leave, focus, tab } = button.dataset;
    if (button.dataset.do && DO[button.dataset.do]) DO[button.dataset.do]();
    if (same) {
      find(`[data-own="${CSS.escape(same)}"]`).checked = false;
      document.getElementById(`text-${same}`).value = "";
      changed();
    }
    if (leave) {
      event.preventDefault();
      for (const box of all("[name=account]")) if (leave.split(" ").includes(box.value)) box.checked = false;
      changed();
    }
    if (focus) {
      event.preventDefault();
      focusOn(focus);
    }
    if (tab) view(tab);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
  root.addEventListener("files", (event) => {
    uploads = event.detail.busy;
    notAdded = event.detail.failed;
    problem = "";
    changed();
    if (!sendsWhenReady) return;
    delete send.dataset.says;
    if (!uploads) submit();
    else send.dataset.says = `Waiting for ${uploads} files`;
  });
  window.addEventListener("pagehide", () => isChanged && !isDone && keep());
  for (const name of ["online", "offline"]) window.addEventListener(name, changed);
  // A page from the back-forward cache was sent, or is out of date.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (device && device !== form.elements.zone.value && find("#zone")) {
    const note = document.createElement("span");
    note.textContent = ` · your device is in ${device}`;
    find("#zone").append(note);
  }
  showParts();
  offer();
  if (find("#text").value || find("[name=media]") || find("[data-part]:not([data-idle]) .allowed")) check();
})();
