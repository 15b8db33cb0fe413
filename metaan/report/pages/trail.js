(() => {
  const panel = document.getElementById("trail-panel");
  const content = panel.querySelector(".content");
  const sheet = matchMedia("(max-width: 46rem)");
  const GAP = 18, EDGE = 8, DELAY = 160;
  let shown = null, pinned = false, leaving = 0;

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

  // Beside the pointer, never on its way up or down: the next row stays in sight.
  function place(mark, x) {
    panel.style.left = panel.style.top = "";
    if (sheet.matches) return;
    const box = mark.getBoundingClientRect(), wide = panel.offsetWidth, high = panel.offsetHeight;
    const at = x ?? Math.min(box.left + 160, box.right);
    const fits = at + GAP + wide + EDGE <= document.documentElement.clientWidth;
    const left = fits ? at + GAP : at - GAP - wide;
    const top = Math.min(box.top, document.documentElement.clientHeight - high - EDGE);
    panel.style.left = `${Math.max(left, EDGE)}px`;
    panel.style.top = `${Math.max(top, EDGE)}px`;
  }

  function show(mark, pin, x) {
    clearTimeout(leaving);
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
    if (before || !pin || x === undefined) place(mark, x);
    if (pin) panel.focus({ preventScroll: true });
  }

  function hide(back) {
    clearTimeout(leaving);
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
    clearTimeout(leaving);
    if (!pinned) leaving = setTimeout(() => { if (!pinned) hide(false); }, DELAY);
  }

  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || pinned) return;
    if (panel.contains(event.target)) { clearTimeout(leaving); return; }
    const mark = markOf(event.target) && meant(event);
    if (!mark) { if (shown && shown !== document.activeElement) leave(); return; }
    clearTimeout(leaving);
    if (mark !== shown) show(mark, false, event.clientX);
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
    else show(mark, true, event.detail ? event.clientX : undefined);
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
      set[next].focus();
      set[next].scrollIntoView({ block: "nearest", inline: "nearest" });
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
  addEventListener("resize", () => { if (shown) place(shown); });
  addEventListener("beforeprint", () => hide(false));
})();
