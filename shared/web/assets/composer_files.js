/* The files of a post: sent straight to storage, three at once, in an order that can be changed. */
"use strict";

(() => {
  const root = document.getElementById("composer");
  if (!root) return;
  const MOST_AT_ONCE = 3;
  const TYPES = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", gif: "image/gif", webp: "image/webp", mp4: "video/mp4", mov: "video/quicktime", webm: "video/webm" };
  const form = root.closest("form");
  const tiles = root.querySelector("#tiles");
  const drop = root.querySelector("#drop");
  const chooser = drop.querySelector("input");
  const linkRow = root.querySelector("#link-row");
  const limits = JSON.parse(root.dataset.limits);
  const work = new Map();
  let dragged = null;

  const all = () => [...tiles.children];
  const busy = () => [...work.values()].filter((each) => each.state !== "held" && each.state !== "failed").length;
  const changed = () => root.dispatchEvent(new CustomEvent("files", { detail: { busy: busy(), failed: work.size - busy() } }));
  const typeOf = (file) => file.type || TYPES[file.name.split(".").pop().toLowerCase()] || "";
  const field = (tile, name) => tile.querySelector(`[name=${name}]`);

  const renumber = () => {
    all().forEach((tile, row) => {
      for (const element of tile.querySelectorAll("[id], [for], [aria-describedby]")) {
        for (const name of ["id", "for", "aria-describedby"]) {
          const value = element.getAttribute(name);
          if (value) element.setAttribute(name, value.replace(/^(media|alt)-[N\d]+/, `$1-${row}`));
        }
      }
      const name = `file ${row + 1}`;
      tile.querySelector("[data-move='-1']").setAttribute("aria-label", `Move ${name} left`);
      tile.querySelector("[data-move='1']").setAttribute("aria-label", `Move ${name} right`);
      tile.querySelector("[data-remove]").setAttribute("aria-label", `Remove ${name}`);
      tile.querySelector("[data-move='-1']").disabled = row === 0;
      tile.querySelector("[data-move='1']").disabled = row === all().length - 1;
    });
  };

  const newTile = () => {
    const tile = document.getElementById("tile").content.firstElementChild.cloneNode(true);
    delete tile.dataset.empty;
    tile.draggable = true;
    tiles.append(tile);
    renumber();
    return tile;
  };

  const show = (tile, address, isVideo) => {
    const element = document.createElement(isVideo ? "video" : "img");
    if (isVideo) Object.assign(element, { muted: true, preload: "metadata", playsInline: true });
    else element.alt = "";
    element.src = address;
    tile.querySelector("[data-shot]").replaceChildren(element);
    return element;
  };

  const say = (tile, words, bad = false) => {
    const state = tile.querySelector("[data-state]");
    state.textContent = words;
    state.classList.toggle("bad", bad);
  };

  const fail = (tile, words, canRetry, label = "Retry") => {
    const job = work.get(tile);
    job.state = canRetry && label !== "Retry" ? "held" : "failed";
    say(tile, words, true);
    tile.querySelector("progress").hidden = true;
    const retry = tile.querySelector("[data-retry]");
    retry.hidden = !canRetry;
    retry.textContent = label;
    changed();
    pump();
  };

  const ask = async (path, fields) => {
    const body = new FormData();
    body.set("csrf", form.elements.csrf.value);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await fetch(root.dataset.uploads + path, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!(answer.headers.get("Content-Type") || "").includes("json")) {
      throw { message: "You are signed out, or this page is out of date. Reload it.", canRetry: false };
    }
    const said = await answer.json();
    if (!answer.ok) throw said;
    return said;
  };

  const put = (begun, job, tile) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const progress = tile.querySelector("progress");
    job.request = request;
    progress.hidden = false;
    request.upload.onprogress = (event) => {
      progress.value = Math.round((100 * event.loaded) / event.total);
      say(tile, `${progress.value}%`);
    };
    request.onload = () => (request.status < 300 ? resolve() : reject({ message: "Storage refused the file.", canRetry: true }));
    request.onerror = () => reject({ message: "The connection broke.", canRetry: true });
    request.open("PUT", begun.url);
    for (const [name, value] of Object.entries(begun.headers)) request.setRequestHeader(name, value);
    request.send(job.file);
  });

  const ready = (tile, stored) => {
    work.delete(tile);
    field(tile, "media").value = stored.url;
    say(tile, "");
    tile.querySelector("progress").hidden = true;
    tile.querySelector("[data-retry]").hidden = true;
    if (!tile.querySelector("[data-shot] > *")) show(tile, stored.url, stored.kind === "video");
    changed();
    pump();
  };

  const run = async (tile, job) => {
    job.state = "running";
    tile.querySelector("[data-retry]").hidden = true;
    try {
      if (job.url) {
        say(tile, "Downloading");
        return ready(tile, await ask("/from-url", { url: job.url }));
      }
      const begun = await ask("", { type: typeOf(job.file), size: job.file.size });
      await put(begun, job, tile);
      say(tile, "Checking");
      tile.querySelector("progress").removeAttribute("value");
      ready(tile, await ask(`/${begun.id}/complete`, {}));
    } catch (error) {
      if (work.has(tile)) fail(tile, error.canRetry === undefined ? "No connection." : error.message, error.canRetry ?? true);
    }
    return undefined;
  };

  const pump = () => {
    const running = [...work.values()].filter((each) => each.state === "running").length;
    const waiting = [...work.entries()].filter(([, each]) => each.state === "waiting");
    for (const [tile, job] of waiting.slice(0, MOST_AT_ONCE - running)) run(tile, job);
  };

  const chosen = () => new Set([...root.querySelectorAll("[name=account]:checked")].map((box) => box.dataset.platform));

  const refusals = (job) => {
    const type = typeOf(job.file);
    const said = [];
    for (const platform of chosen()) {
      const own = limits[platform];
      if (!own) continue;
      const kind = own[type.split("/")[0]];
      if (!kind) said.push(`${own.name} takes no ${type.startsWith("video") ? "videos" : "pictures"}.`);
      else if (!kind.types.includes(type)) said.push(`${own.name} does not take ${type.split("/")[1]?.toUpperCase()} files.`);
      else if (job.file.size > kind.bytes) said.push(`${own.name} takes at most ${Math.floor(kind.bytes / 1e6)} MB.`);
      else if (kind.seconds && job.seconds > kind.seconds) said.push(`${own.name} takes at most ${kind.seconds} s.`);
    }
    return said;
  };

  const judged = (tile, job) => {
    if (!work.has(tile)) return;
    const said = refusals(job);
    job.note = said.join(" ");
    job.state = said.length && said.length === chosen().size ? "held" : "waiting";
    if (job.state === "held") fail(tile, job.note, true, "Upload anyway");
    else pump();
  };

  const add = (file) => {
    const tile = newTile();
    const job = { file, state: "reading", seconds: 0 };
    work.set(tile, job);
    say(tile, "Waiting");
    if (!file.size) return fail(tile, `${file.name} is empty.`, false);
    if (!Object.values(TYPES).includes(typeOf(file))) {
      return fail(tile, `${file.name} has another format. Choose a JPEG, PNG, GIF or WebP picture, or an MP4, MOV or WebM video.`, false);
    }
    const element = show(tile, URL.createObjectURL(file), typeOf(file).startsWith("video"));
    const read = () => {
      job.seconds = element.duration || 0;
      judged(tile, job);
    };
    // What the browser cannot show, the platform may take.
    element.addEventListener(element.tagName === "VIDEO" ? "loadedmetadata" : "load", read, { once: true });
    element.addEventListener("error", () => {
      element.remove();
      read();
    }, { once: true });
    return changed();
  };

  const addAll = (files) => [...files].forEach(add);

  const addLink = () => {
    const link = linkRow.querySelector("input");
    if (!link.value.trim() || !link.checkValidity()) return link.reportValidity();
    const tile = newTile();
    work.set(tile, { url: link.value.trim(), state: "waiting" });
    say(tile, "Waiting");
    link.value = "";
    linkRow.hidden = true;
    changed();
    pump();
    return true;
  };

  const remove = (tile) => {
    work.get(tile)?.request?.abort();
    work.delete(tile);
    const next = tile.nextElementSibling || tile.previousElementSibling;
    tile.remove();
    renumber();
    (next?.querySelector("[data-remove]") || drop.querySelector("button")).focus();
    changed();
    pump();
  };

  const move = (tile, by) => {
    const other = by < 0 ? tile.previousElementSibling : tile.nextElementSibling;
    if (!other) return;
    if (by < 0) other.before(tile);
    else other.after(tile);
    renumber();
    const button = tile.querySelector(`[data-move='${by}']`);
    (button.disabled ? tile.querySelector(`[data-move='${-by}']`) : button).focus();
    changed();
  };

  tiles.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-tile]");
    const button = event.target.closest("button");
    if (!tile || !button) return;
    if (button.dataset.move) move(tile, Number(button.dataset.move));
    if (button.hasAttribute("data-remove")) remove(tile);
    if (button.hasAttribute("data-retry")) {
      work.get(tile).state = "waiting";
      say(tile, "Waiting");
      button.hidden = true;
      changed();
      pump();
    }
  });
  tiles.addEventListener("dragstart", (event) => {
    if (event.target.closest("input, textarea")) return;
    dragged = event.target.closest("[data-tile]");
    dragged?.classList.add("dragged");
  });
  tiles.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-tile]");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const isAfter = all().indexOf(dragged) < all().indexOf(over);
    if (isAfter) over.after(dragged);
    else over.before(dragged);
  });
  tiles.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    renumber();
    changed();
  });

  drop.addEventListener("click", (event) => {
    const act = event.target.closest("button")?.dataset.do;
    if (act === "choose") chooser.click();
    if (act === "url") {
      linkRow.hidden = false;
      linkRow.querySelector("input").focus();
    }
  });
  linkRow.addEventListener("click", (event) => event.target.closest("button") && addLink());
  linkRow.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    addLink();
  });
  chooser.addEventListener("change", () => {
    addAll(chooser.files);
    chooser.value = "";
  });
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.classList.remove("over");
    addAll(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) addAll(event.clipboardData.files);
  });
  window.addEventListener("beforeunload", (event) => busy() && event.preventDefault());

  root.addEventListener("files-kept", (event) => {
    for (const tile of all()) work.delete(tile);
    tiles.replaceChildren();
    for (const [url, alt] of event.detail) {
      const tile = newTile();
      field(tile, "media").value = url;
      field(tile, "alt").value = alt;
      show(tile, url, /\.(mp4|mov|webm)$/.test(url));
    }
    changed();
  });

  for (const tile of all()) {
    if (tile.hasAttribute("data-empty")) tile.remove();
    else tile.draggable = true;
  }
  renumber();
})();
