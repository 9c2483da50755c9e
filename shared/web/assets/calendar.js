/* Moving posts by drag, by touch and by keys; and the zone of the device. The forms of the page do
   the same without it. */
"use strict";

(() => {
  const HOLD = 150;
  const SLACK = 4;
  const UNDO_FOR = 10000;
  const KEPT = "soku-kept-zone";
  const MINUTE = 60000;
  const DAY = 1440 * MINUTE;
  const main = document.getElementById("main");
  const notices = document.getElementById("notices");
  const board = () => main.querySelector(".calendar");

  /* Times of a wall clock, "2026-12-01T09:00": no zone is involved, the server converts them. */
  const read = (wall) => Date.parse(`${wall}:00Z`);
  const written = (time) => new Date(time).toISOString().slice(0, 16);
  const DAY_WORDS = new Intl.DateTimeFormat("en-GB", {
    weekday: "short", day: "numeric", month: "short", timeZone: "UTC",
  });
  const inWords = (wall) => `${DAY_WORDS.format(read(wall)).replace(",", "")}, ${wall.slice(11)}`;

  /* `remedy`: the words of a link that loads the page again. */
  const say = (words, kind, remedy = "") => {
    const line = document.createElement("p");
    line.className = `${kind} toast`;
    line.textContent = words;
    if (remedy) {
      const href = location.pathname + location.search;
      line.append(" ", Object.assign(document.createElement("a"), { href, textContent: remedy }));
    }
    notices.replaceChildren(line);
    // What is being moved is said until it is put down.
    if (!carried && !remedy) setTimeout(() => line.remove(), 8000);
  };
  const sayNothingIsKnown = (why, remedy) =>
    say(`${why} Whether the post was moved is not known here.`, "fault", remedy);
  const saySignedOut = () => sayNothingIsKnown("You are signed out.", "Sign in again");

  const limitUndo = (form) => {
    if (!form) return;
    setTimeout(() => {
      if (form.matches(":hover, :focus-within")) limitUndo(form);
      else form.remove();
    }, UNDO_FOR);
  };

  /* Puts the note about a move where changes are read out, and off the address. */
  const announce = () => {
    const note = main.querySelector(".moved");
    if (!note) return;
    notices.replaceChildren(note);
    limitUndo(note.querySelector("form"));
  };

  const show = async (address, moved) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    // Only the page to sign in has none.
    if (!fresh) return saySignedOut();
    main.replaceChildren(...fresh.children);
    announce();
    askForZone();
    [...main.querySelectorAll("[data-move]")]
      .find((chip) => chip.dataset.move === moved && chip.offsetParent)?.focus();
  };

  const move = async (chip, at) => {
    if (at === chip.dataset.at) return notices.replaceChildren();
    const { csrf, back, zone } = board().dataset;
    const body = new URLSearchParams({ csrf, back, zone, at });
    chip.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(chip.dataset.move, {
        method: "POST", body, headers: { Accept: "application/json" },
      });
      if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
        return answer.redirected ? saySignedOut() : location.reload();
      }
      const said = await answer.json();
      if (said.ask) location.assign(said.ask);
      else if (said.location) await show(said.location, chip.dataset.move);
      else say(`Not moved. ${said.fault}`, "fault");
    } catch {
      sayNothingIsKnown("Soku did not answer.", "Reload");
    } finally {
      chip.removeAttribute("aria-busy");
    }
  };

  /* The places where a post can be put. */
  const placeAt = (x, y) => document.elementFromPoint(x, y)?.closest("[data-day], [data-slot]");
  const timeAt = (place, y, chip) => {
    if (place.dataset.day) return `${place.dataset.day}T${chip.dataset.at.slice(11)}`;
    const { top, height } = place.getBoundingClientRect();
    const quarter = Math.min(3, Math.max(0, Math.floor(((y - top) / height) * 4)));
    return `${place.dataset.slot}:${String(quarter * 15).padStart(2, "0")}`;
  };
  const placeOf = (wall) =>
    [...main.querySelectorAll(`[data-day="${wall.slice(0, 10)}"], [data-slot="${wall.slice(0, 13)}"]`)]
      .find((place) => place.offsetParent);
  const highlight = (place) => {
    main.querySelector(".over")?.classList.remove("over");
    place?.classList.add("over");
  };

  /* Dragging. */
  let held = null;

  const begin = () => {
    if (held.chip.dataset.fixed) {
      held.isRefused = true;
      return say(`Not moved. ${held.chip.dataset.fixed}`, "fault");
    }
    held.ghost = document.createElement("div");
    held.ghost.className = "ghost";
    document.body.append(held.ghost);
    document.body.classList.add("dragging");
    held.chip.classList.add("held");
  };
  const drag = (x, y) => {
    const place = placeAt(x, y);
    held.at = place ? timeAt(place, y, held.chip) : null;
    highlight(place);
    held.ghost.textContent = held.at ? inWords(held.at) : "Drop it on a day";
    const left = Math.min(x + 12, window.innerWidth - held.ghost.offsetWidth - 8);
    held.ghost.style.transform = `translate(${left}px, ${y + 16}px)`;
  };
  const release = () => {
    clearTimeout(held.timer);
    held.ghost?.remove();
    held.chip.classList.remove("held");
    document.body.classList.remove("dragging");
    highlight(null);
    held = null;
  };
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };

  document.addEventListener("pointerdown", (event) => {
    const chip = event.target.closest("[data-move], [data-fixed]");
    if (!chip || event.button || held || !board()) return;
    held = { chip, x: event.clientX, y: event.clientY, id: event.pointerId };
    if (event.pointerType !== "mouse") held.timer = setTimeout(begin, HOLD);
  });
  document.addEventListener("pointermove", (event) => {
    if (held?.id !== event.pointerId || held.isRefused) return;
    const { clientX: x, clientY: y } = event;
    if (!held.ghost) {
      if (Math.hypot(x - held.x, y - held.y) < SLACK) return;
      // A finger that moves at once scrolls.
      if (held.timer) return release();
      begin();
    }
    if (held.ghost) drag(x, y);
  });
  document.addEventListener("pointerup", (event) => {
    if (held?.id !== event.pointerId) return;
    const { chip, at, ghost, isRefused } = held;
    release();
    if (!ghost && !isRefused) return;
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
    if (at) move(chip, at);
  });
  document.addEventListener("pointercancel", () => held && release());
  document.addEventListener("touchmove", (event) => held?.ghost && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => held?.ghost && event.preventDefault());
  document.addEventListener("dragstart", (event) => event.target.closest?.(".event") && event.preventDefault());

  /* Moving by keys. */
  let carried = null;

  const quarter = (time, way) => {
    const step = 15 * MINUTE;
    return way > 0 ? Math.floor(time / step) * step + step : Math.ceil(time / step) * step - step;
  };
  const steps = {
    ArrowLeft: (time) => time - DAY,
    ArrowRight: (time) => time + DAY,
    ArrowUp: (time) => (board().dataset.step === "quarter" ? quarter(time, -1) : time - 7 * DAY),
    ArrowDown: (time) => (board().dataset.step === "quarter" ? quarter(time, 1) : time + 7 * DAY),
  };
  const carry = () => {
    highlight(placeOf(carried.at));
    say(`Move to ${inWords(carried.at)}. Arrow keys change it, Enter moves the post, Escape cancels.`, "note");
  };
  const drop = () => {
    carried.chip.classList.remove("held");
    highlight(null);
    carried = null;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !board()) return;
    if (event.key === "Escape" && held) return release();
    const chip = event.target.closest("[data-move], [data-fixed]");
    if (!carried) {
      if (event.key !== "m" || !chip) return;
      if (chip.dataset.fixed) return say(`Not moved. ${chip.dataset.fixed}`, "fault");
      carried = { chip, at: chip.dataset.at };
      chip.classList.add("held");
      event.preventDefault();
      return carry();
    }
    if (steps[event.key]) {
      carried.at = written(steps[event.key](read(carried.at)));
      event.preventDefault();
      carry();
    } else if (event.key === "Enter" || event.key === "Escape") {
      const { chip: moved, at } = carried;
      event.preventDefault();
      drop();
      if (event.key === "Enter") move(moved, at);
      else say("Not moved.", "note");
    }
  });
  document.addEventListener("focusout", () => {
    if (!carried) return;
    drop();
    say("Not moved.", "note");
  });

  /* A click on a day opens it; on an hour it begins a post. The links of the page do the same. */
  document.addEventListener("click", (event) => {
    if (event.target.closest("a, button, summary, form")) return;
    const place = event.target.closest("td[data-day], td[data-slot]");
    const start = place?.closest("[data-new]")?.dataset.new;
    if (place?.dataset.day) place.querySelector(".day-number").click();
    else if (start && !place.classList.contains("past")) {
      location.assign(`${start}?at=${encodeURIComponent(`${place.dataset.slot}:00`)}`);
    }
  });

  /* The zone of the device, if its clock differs from that of the page. */
  const clockIn = (timeZone, at) => new Date(at).toLocaleString("en-GB", { timeZone });
  const differ = (one, other) =>
    [0, 91, 182, 273].some((days) => clockIn(one, Date.now() + days * DAY) !== clockIn(other, Date.now() + days * DAY));
  const remembered = () => {
    try { return localStorage.getItem(KEPT); } catch { return null; }
  };
  const askForZone = () => {
    const note = document.getElementById("zone-note");
    const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!note || !device || !differ(device, note.dataset.zone)) return;
    if (remembered() === `${device} ${note.dataset.zone}`) return;
    const there = new URL(location.href);
    there.searchParams.set("zone", device);
    note.querySelector("[data-city]").textContent = device.split("/").pop().replaceAll("_", " ");
    note.querySelector("[data-switch]").href = there;
    note.hidden = false;
    note.querySelector("[data-keep]").addEventListener("click", () => {
      try { localStorage.setItem(KEPT, `${device} ${note.dataset.zone}`); } catch { /* Asked again. */ }
      note.hidden = true;
    });
  };

  const said = new URL(location.href);
  if (said.searchParams.has("moved")) {
    for (const name of ["moved", "before", "skipped"]) said.searchParams.delete(name);
    history.replaceState(null, "", said);
  }
  announce();
  askForZone();
})();
