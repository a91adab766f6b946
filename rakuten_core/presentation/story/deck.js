"use strict";
(() => {
  const deck = document.getElementById("deck");
  const slides = [...deck.querySelectorAll(".slide")];
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const bar = document.querySelector("#progress");
  const help = document.getElementById("help");
  const notes = document.createElement("div");
  notes.id = "notes";
  notes.setAttribute("aria-live", "polite");
  document.body.append(notes);
  const embedded = window.parent !== window;
  if (embedded) document.querySelector("[data-act=leave]")?.remove();
  const drawn = new Set();
  const narrow = window.matchMedia("(max-width: 700px)");
  let current = 0;

  const draw = (position) => {
    const place = slides[position].querySelector(".figure");
    if (!place || drawn.has(position)) return Promise.resolve();
    drawn.add(position);
    const { data, layout } = figures[position];
    if (mode() === "scroll") place.tabIndex = 0;
    return Plotly.newPlot(place, data, layout, { staticPlot: true });
  };
  const drawAll = () => Promise.all(slides.map((_slide, position) => draw(position)));

  const scale = () => {
    const room = deck.getBoundingClientRect();
    deck.style.setProperty("--scale", Math.min(room.width / 1280, room.height / 720));
    const frame = deck.querySelector(".frame");
    if (frame) deck.style.setProperty("--thumb", frame.clientWidth / 1280);
  };

  const show = (position, focus = true) => {
    current = Math.max(0, Math.min(slides.length - 1, position));
    slides.forEach((slide, index) => slide.classList.toggle("current", index === current));
    slides.forEach((slide, index) => slide.toggleAttribute("inert", mode() === "stage" && index !== current));
    history.replaceState(null, "", "#" + slides[current].id);
    bar.setAttribute("aria-valuenow", current + 1);
    bar.firstElementChild.style.width = (100 * (current + 1)) / slides.length + "%";
    notes.textContent = slides[current].querySelector(".notes").textContent;
    draw(current).then(() => draw(Math.min(current + 1, slides.length - 1)));
    // Inside another page, the talk takes the keys only once someone has clicked on it.
    if (focus && mode() === "stage" && document.hasFocus()) slides[current].focus({ preventScroll: true });
  };

  const mode = () => ["stage", "overview", "scroll"].find((name) => document.body.classList.contains(name));
  const enter = (name) => {
    document.body.classList.remove("stage", "overview", "scroll");
    document.body.classList.add(name);
    deck.querySelectorAll(".frame").forEach((frame) => frame.replaceWith(frame.firstElementChild));
    if (name === "overview") {
      slides.forEach((slide, position) => {
        const frame = document.createElement("div");
        frame.className = "frame";
        frame.tabIndex = 0;
        frame.setAttribute("role", "button");
        frame.setAttribute("aria-label", slide.querySelector("h1, h2").textContent);
        slide.replaceWith(frame);
        frame.append(slide);
        frame.addEventListener("click", () => leaveOverview(position));
      });
    }
    if (name !== "stage") drawAll();
    scale();
    show(current, name === "stage");
    if (name === "overview") deck.querySelectorAll(".frame")[current].focus();
  };
  const leaveOverview = (position) => { current = position; enter("stage"); };

  const act = {
    next: () => show(current + 1),
    previous: () => show(current - 1),
    first: () => show(0),
    last: () => show(slides.length - 1),
    overview: () => (mode() === "overview" ? enter("stage") : enter("overview")),
    notes: () => { document.body.classList.toggle("with-notes"); scale(); },
    screen: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
    help: () => { help.hidden = !help.hidden; },
    leave: () => {
      if (mode() === "overview") enter("stage");
      else if (document.fullscreenElement) document.exitFullscreen();
      else if (deck.dataset.back && !embedded) location.href = deck.dataset.back;
    },
  };
  const keys = {
    ArrowRight: act.next, ArrowDown: act.next, PageDown: act.next, " ": act.next, n: act.next,
    ArrowLeft: act.previous, ArrowUp: act.previous, PageUp: act.previous, Backspace: act.previous, p: act.previous,
    Home: act.first, End: act.last, f: act.screen, F: act.screen, o: act.overview, O: act.overview,
    s: act.notes, S: act.notes, "?": act.help, Escape: act.leave,
  };
  document.addEventListener("keydown", (event) => {
    if (mode() === "scroll" || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target;
    if ((event.key === " " || event.key === "Enter") && target.closest("button")) return;
    if (mode() === "overview") {
      const frames = [...deck.querySelectorAll(".frame")];
      const at = frames.indexOf(document.activeElement);
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); leaveOverview(Math.max(at, 0)); }
      else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        event.preventDefault();
        const to = at + (event.key === "ArrowRight" ? 1 : -1);
        frames[Math.max(0, Math.min(frames.length - 1, to))].focus();
      } else if (event.key === "Escape" || event.key === "o" || event.key === "O") act.overview();
      return;
    }
    const key = event.key === " " && event.shiftKey ? "ArrowLeft" : event.key;
    if (keys[key]) {
      event.preventDefault();
      if (key !== "?") help.hidden = true;
      keys[key]();
    }
  });
  document.querySelectorAll("#controls button").forEach((button) =>
    button.addEventListener("click", () => act[button.dataset.act]()));
  let start = null;
  document.addEventListener("pointerdown", (event) => { start = event.pointerType === "touch" ? event.clientX : null; });
  document.addEventListener("pointerup", (event) => {
    if (mode() !== "stage" || start === null || Math.abs(event.clientX - start) < 50) return;
    if (event.clientX < start) act.next(); else act.previous();
  });
  let idle;
  document.addEventListener("mousemove", () => {
    document.body.classList.add("moving");
    clearTimeout(idle);
    idle = setTimeout(() => document.body.classList.remove("moving"), 2000);
  });
  window.addEventListener("resize", scale);
  window.addEventListener("hashchange", () => {
    const at = slides.findIndex((slide) => slide.id === location.hash.slice(1));
    if (at >= 0) show(at);
  });
  narrow.addEventListener("change", () => enter(narrow.matches ? "scroll" : "stage"));
  window.addEventListener("beforeprint", drawAll);

  if (location.hash === "#print") {
    drawAll();
    return;
  }
  current = Math.max(0, slides.findIndex((slide) => slide.id === location.hash.slice(1)));
  enter(narrow.matches ? "scroll" : "stage");
  if (mode() === "stage") {
    help.hidden = false;
    setTimeout(() => { help.hidden = true; }, 5000);
  }
})();
