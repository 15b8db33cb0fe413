"use strict";
(() => {
  // On a phone the contents would fill the first screens.
  const contents = document.querySelector(".contents details");
  if (matchMedia("(max-width: 46rem)").matches) contents.open = false;

  // Where the reader is, in the contents.
  const links = new Map([...contents.querySelectorAll("a")].map((a) => [a.hash.slice(1), a]));
  let current = null;
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const link = entry.isIntersecting && links.get(entry.target.id);
      if (!link || link === current) continue;
      if (current) current.removeAttribute("aria-current");
      link.setAttribute("aria-current", "location");
      current = link;
      const box = contents.parentElement;
      if (box.scrollHeight > box.clientHeight) {
        const place = link.getBoundingClientRect().top - box.getBoundingClientRect().top;
        if (place < 0 || place > box.clientHeight - 60) box.scrollTop += place - box.clientHeight / 3;
      }
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const id of links.keys()) {
    const place = document.getElementById(id);
    if (place) seen.observe(place);
  }

  // Paper shows what is folded here, and folds it again.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details[data-print]:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
})();
