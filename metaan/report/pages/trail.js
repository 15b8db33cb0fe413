(() => {
  const panel = document.getElementById("trail-panel");
  const content = panel.querySelector(".content");
  const sheet = matchMedia("(max-width: 46rem)");
  const GAP = 18, NEAR = 3, EDGE = 8, TALL = 120, LEAST = 120, DELAY = 160, TURN = 140;
  let shown = null, pinned = false, leaving = 0, turning = 0, last = Infinity, from = {};

  const markOf = (node) => (node instanceof Element ? node.closest("[data-trail]") : null);
  const setOf = (mark) => [...mark.ownerSVGElement.querySelectorAll(".mark")];

  // Marks may lie on each other: the one whose middle is nearest is meant.
  function meant(event) {
    const found = new Set(document.elementsFromPoint(event.clientX, event.clientY).map(markOf));
    found.delete(null);
    if (found.size < 2) return markOf(event.target);
    const away = (mark) => {
      const box = mark.getBoundingClientRect();
      return Math.hypot(event.clientX - (box.left + box.right) / 2, event.clientY - (box.top + box.bottom) / 2);
    };
    return [...found].reduce((a, b) => (away(b) < away(a) ? b : a));
  }

  // Below what it explains, else above: the row stays in sight. It begins beside the pointer, so
  // that the way to the next row is free. Where neither side has room, it is cut and scrolls.
  function place(mark, x, y) {
    const style = panel.style, shut = document.documentElement.clientHeight;
    style.left = style.top = style.bottom = style.maxHeight = "";
    let { top, bottom, left, right } = mark.getBoundingClientRect();
    if (y !== undefined && bottom - top > TALL) { top = y - TALL / 4; bottom = y + TALL / 4; }
    const below = shut - bottom - NEAR - EDGE, above = top - NEAR - EDGE;
    const under = panel.offsetHeight <= below || below >= above;
    const room = Math.max(under ? below : above, LEAST);
    if (panel.offsetHeight > room) style.maxHeight = `${room}px`;
    if (sheet.matches) {
      if (!under) { style.top = `${EDGE}px`; style.bottom = "auto"; }
      return;
    }
    const high = panel.offsetHeight, wide = panel.offsetWidth;
    const at = x ?? Math.min(left + 160, right);
    const fits = at + GAP + wide + EDGE <= document.documentElement.clientWidth;
    const start = fits ? at + GAP : at - GAP - wide;
    const down = under ? bottom + NEAR : top - NEAR - high;
    style.left = `${Math.max(start, EDGE)}px`;
    style.top = `${Math.max(Math.min(down, shut - high - EDGE), EDGE)}px`;
  }

  // How far the pointer is from the panel.
  function away(event) {
    const box = panel.getBoundingClientRect();
    const across = Math.max(box.left - event.clientX, event.clientX - box.right, 0);
    return Math.hypot(across, Math.max(box.top - event.clientY, event.clientY - box.bottom, 0));
  }

  function show(mark, pin, x, y) {
    clearTimeout(leaving);
    clearTimeout(turning);
    last = Infinity;
    const source = document.getElementById(mark.getAttribute("data-trail"));
    if (!source) return;
    if (shown !== mark) {
      const copy = source.cloneNode(true);
      content.replaceChildren(...copy.childNodes);
      panel.setAttribute("aria-label", `The data behind ${source.querySelector(".who").textContent}`);
      if (shown) shown.classList.remove("shown");
      shown = mark;
      mark.classList.add("shown");
      panel.scrollTop = 0;
    }
    const before = panel.hidden;
    pinned = pin;
    panel.classList.toggle("pinned", pin);
    panel.hidden = false;
    if (before || !pin || x === undefined) {
      from = { x, y };
      place(mark, x, y);
    }
    if (pin) panel.focus({ preventScroll: true });
  }

  function hide(back) {
    clearTimeout(leaving);
    clearTimeout(turning);
    if (!shown) return;
    const mark = shown;
    shown = null;
    pinned = false;
    panel.hidden = true;
    panel.classList.remove("pinned");
    mark.classList.remove("shown");
    if (back) {
      quiet = true;
      mark.focus({ preventScroll: true });
      quiet = false;
    }
  }

  function leave() {
    clearTimeout(turning);
    clearTimeout(leaving);
    if (!pinned) leaving = setTimeout(() => { if (!pinned) hide(false); }, DELAY);
  }

  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || pinned) return;
    clearTimeout(turning);
    if (panel.contains(event.target)) { clearTimeout(leaving); return; }
    const mark = markOf(event.target) && meant(event);
    const near = shown ? away(event) : Infinity, coming = near < last;
    last = near;
    if (!mark) { if (shown && shown !== document.activeElement) leave(); return; }
    clearTimeout(leaving);
    if (mark === shown) return;
    // On its way to the panel the pointer may cross other rows.
    const turn = () => show(mark, false, event.clientX, event.clientY);
    if (shown && coming) turning = setTimeout(turn, TURN);
    else turn();
  });
  document.documentElement.addEventListener("pointerleave", leave);

  let quiet = false;
  document.addEventListener("focusin", (event) => {
    const mark = markOf(event.target);
    if (!mark || quiet) return;
    if (mark.ownerSVGElement) rove(mark);
    if (!pinned && mark.matches(":focus-visible")) show(mark, false);
  });
  document.addEventListener("focusout", (event) => {
    if (markOf(event.target) && !pinned) leave();
  });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (event.target.closest("#trail-panel .close")) { hide(true); return; }
    if (panel.contains(event.target)) { if (!pinned && shown) show(shown, true, 0); return; }
    // A click that the keyboard made has no place.
    const mark = event.detail && markOf(event.target) ? meant(event) : markOf(event.target);
    if (!mark) { if (pinned) hide(false); return; }
    event.preventDefault();
    if (pinned && mark === shown) hide(true);
    else if (event.detail) show(mark, true, event.clientX, event.clientY);
    else show(mark, true);
  });

  const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) { hide(pinned); return; }
    const mark = markOf(event.target);
    if (!mark) return;
    if (event.key === " ") {
      event.preventDefault();
      show(mark, true);
    } else if (event.key in STEPS && mark.ownerSVGElement) {
      event.preventDefault();
      const set = setOf(mark);
      const next = Math.max(0, Math.min(set.length - 1, set.indexOf(mark) + STEPS[event.key]));
      set[next].scrollIntoView({ block: "nearest", inline: "nearest" });
      set[next].focus({ preventScroll: true });
    }
  });

  // One stop of Tab for a figure; the arrow keys go from study to study.
  function rove(mark) {
    for (const each of setOf(mark)) each.setAttribute("tabindex", each === mark ? "0" : "-1");
  }
  for (const mark of document.querySelectorAll("[data-trail]")) {
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-haspopup", "dialog");
  }
  for (const svg of document.querySelectorAll(".drawing svg")) {
    const first = svg.querySelector(".mark");
    if (first) rove(first);
  }
  const again = () => { if (shown) place(shown, from.x); };
  addEventListener("resize", again);
  addEventListener("scroll", () => { if (!pinned) again(); }, { passive: true });
  addEventListener("beforeprint", () => hide(false));
})();
