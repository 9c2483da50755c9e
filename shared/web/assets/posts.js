/* The list of posts and the page of one post, while they change. Without it, both work after a
   reload. */
"use strict";

(() => {
  const EVERY = 1500;
  const LONGEST_WAIT = 30000;
  const MOST_ROWS = 50;
  const list = document.getElementById("posts");
  const page = document.getElementById("post");
  const live = document.getElementById("live");

  const say = (words) => {
    if (live) live.textContent = words;
  };

  /* Put `fresh` in the place of `old`, and keep what is open, selected and focused. */
  const swap = (old, fresh) => {
    const open = [...old.querySelectorAll("details[id][open]")].map((one) => one.id);
    const isChosen = old.querySelector(".pick input")?.checked;
    const focused = old.contains(document.activeElement);
    const href = focused ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(fresh);
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    const box = fresh.querySelector(".pick input");
    if (box && isChosen) box.checked = true;
    if (focused) {
      const same = href && fresh.querySelector(`a[href="${CSS.escape(href)}"]`);
      (same || fresh.querySelector("a, button, summary"))?.focus({ preventScroll: true });
    }
    fresh.classList.add("fresh");
    offerCopies(fresh);
    offerFrames(fresh);
  };

  const fetched = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.status === 204) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  /* Ask for these rows again. A row that is gone was deleted elsewhere. */
  const refreshRows = async (rows, wasAway = false) => {
    const asked = rows.slice(0, MOST_ROWS);
    if (!asked.length) return;
    const ids = asked.map((row) => row.dataset.id).join(",");
    const back = document.querySelector("#act [name=back]").value;
    const query = new URLSearchParams({ ids, back });
    const found = await fetched(`${list.dataset.rows}?${query}`);
    for (const row of asked) {
      const fresh = found.getElementById(row.id);
      if (!fresh) {
        row.querySelector(".state").textContent = "Deleted";
        delete row.dataset.look;
      } else if (fresh.dataset.version !== row.dataset.version) {
        const isNew = fresh.dataset.state !== row.dataset.state;
        swap(row, document.adoptNode(fresh));
        // A new state is seen; anything else is said.
        if (wasAway && !isNew) fresh.querySelector(".row-accounts").append(" · Updated");
        if (isNew) say(`${fresh.dataset.state}: ${fresh.querySelector(".caption").textContent}`);
      } else if (fresh.dataset.look !== row.dataset.look) {
        row.dataset.look = fresh.dataset.look;
      }
    }
    count();
  };

  const refreshPage = async () => {
    const part = document.getElementById("changing");
    // Nothing that is being typed may be lost.
    if (page.querySelector("input:focus")) return;
    const found = await fetched(`${page.dataset.post}?version=${part.dataset.version}`);
    const fresh = found?.getElementById("changing");
    if (!fresh) return;
    const state = part.dataset.state;
    swap(part, document.adoptNode(fresh));
    swap(page.querySelector(".aside"), document.adoptNode(found.querySelector(".aside")));
    if (fresh.dataset.state === state) return;
    document.querySelector("#notices .notice")?.remove();
    say(fresh.dataset.state);
  };

  const isVisible = (row) => {
    const box = row.getBoundingClientRect();
    return box.bottom > -200 && box.top < window.innerHeight + 200;
  };
  const moving = () => [...document.querySelectorAll("[data-look]")];
  const due = (one) => Number(one.dataset.look) <= Date.now();

  /* One request for all that can have changed; none while the page is hidden. */
  let timer;
  let failures = 0;
  const plan = () => {
    clearTimeout(timer);
    const all = moving();
    if (document.hidden || !all.length) return;
    const first = Math.min(...all.map((one) => Number(one.dataset.look))) - Date.now();
    const wait = Math.max(EVERY, Math.min(first, LONGEST_WAIT));
    timer = setTimeout(look, Math.min(wait * 2 ** failures, LONGEST_WAIT));
  };
  const tried = async (ask) => {
    try {
      await ask();
      failures = 0;
    } catch {
      failures += 1;
    }
    plan();
  };
  const look = () =>
    tried(() => (list ? refreshRows(moving().filter(due).filter(isVisible)) : refreshPage()));
  const lookAtAll = () =>
    tried(() => (list ? refreshRows([...list.children].filter(isVisible), true) : refreshPage()));

  document.addEventListener("visibilitychange", () => (document.hidden ? plan() : lookAtAll()));
  window.addEventListener("online", lookAtAll);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) lookAtAll();
  });
  window.addEventListener("scrollend", plan);
  document.addEventListener("htmx:afterSettle", () => {
    if (list) offerFrames(list);
    plan();
  });

  /* What the selected posts allow: "Retry 4 of 6". */
  const count = () => {
    if (!list) return;
    const chosen = [...list.querySelectorAll(".pick input:checked")].map((box) => box.closest(".post"));
    const label = document.querySelector("[data-count]");
    if (!label) return;
    label.textContent = `${chosen.length} selected`;
    for (const button of document.querySelectorAll("[data-needs]")) {
      const able = chosen.filter((row) => row.dataset.can.split(" ").includes(button.dataset.needs));
      const words = button.querySelector("span");
      button.dataset.words ??= words.textContent;
      const part = able.length === chosen.length ? `${able.length}` : `${able.length} of ${chosen.length}`;
      words.textContent = `${button.dataset.words} ${part}`;
      button.disabled = !able.length;
    }
  };
  list?.addEventListener("change", count);
  document.getElementById("selected")?.addEventListener("reset", () => setTimeout(count));

  /* j and k go through the rows, x selects. */
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (!list || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...list.querySelectorAll(".post")];
    const at = rows.indexOf(document.activeElement.closest(".post"));
    const step = { j: 1, k: -1 }[event.key];
    if (step) {
      rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.querySelector(".caption").focus();
    } else if (event.key === "x" && at >= 0) {
      const box = rows[at].querySelector(".pick input");
      box.checked = !box.checked;
      count();
    }
  });
  /* A frame of each video, once it is in view. */
  const frames = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting || target.querySelector("video")) continue;
      const video = document.createElement("video");
      Object.assign(video, { muted: true, playsInline: true, preload: "metadata" });
      video.addEventListener("loadeddata", () => target.append(video), { once: true });
      video.src = `${target.dataset.video}#t=0.1`;
      frames.unobserve(target);
    }
  });
  const offerFrames = (part) => {
    for (const tile of part.querySelectorAll("[data-video]")) frames.observe(tile);
  };

  /* Buttons that copy the text of an element. */
  const offerCopies = (part) => {
    for (const button of part.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    say("Copied");
    const words = button.querySelector("span");
    const { textContent, className } = words;
    if (textContent === "Copied") return;
    Object.assign(words, { textContent: "Copied", className: "" });
    setTimeout(() => Object.assign(words, { textContent, className }), 2000);
  });

  offerCopies(document);
  offerFrames(document);
  count();
  plan();
})();
