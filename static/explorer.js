// Everything on these pages works without this file; it only makes them smoother.
"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const typing = (event) => event.target.closest && event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // Copy buttons: shown where a clipboard is.
  const offerCopies = () => {
    if (navigator.clipboard) all("button.copy[hidden]").forEach((button) => { button.hidden = false; });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const copy = document.getElementById(button.dataset.copy).cloneNode(true);
    copy.querySelectorAll(".tip, .to-finding, .eol").forEach((one) => one.remove()); // ours, not the wire's
    await navigator.clipboard.writeText(copy.textContent);
    button.textContent = "Copied!";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  // A link to a step or a finding: followed, and copied.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.anchor");
    if (!link || !navigator.clipboard) return;
    navigator.clipboard.writeText(link.href);
    link.textContent = "Copied!";
    setTimeout(() => { link.textContent = "#"; }, 1500);
  });

  // Clocks: the age of a code, what is left of a token, the time a step has run.
  const now = () => Date.now() / 1000;
  const words = (time) => {
    const s = Math.max(0, Math.floor(time)), m = Math.floor(s / 60), h = Math.floor(s / 3600);
    const two = (big, of, small, unit) => `${big} ${of}` + (small ? ` ${small} ${unit}` : "");
    return s < 60 ? `${s} s` : s < 3600 ? two(m, "min", s % 60, "s") : s < 172800 ? two(h, "h", m % 60, "min") : `${Math.floor(s / 86400)} days`;
  };
  const tick = () => {
    all("b[data-since]").forEach((clock) => { clock.textContent = words(now() - clock.dataset.since); });
    all("b[data-until]").forEach((clock) => { clock.textContent = words(clock.dataset.until - now()); });
    all("progress[data-since]").forEach((bar) => { bar.value = Math.min(bar.max, now() - bar.dataset.since); });
    all("p.ageing[data-until]").filter((line) => now() > line.dataset.until && !line.classList.contains("over")).forEach((line) => {
      line.classList.add("over");
      if (line.dataset.over) line.textContent = line.dataset.over;
    });
  };

  // One press is enough: the server also knows, but the eye should see it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.action.includes("/reveal") || "file" in form.dataset) return; // after a file the page stays
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.setAttribute("aria-busy", "true"); button.disabled = true; }));
  });
  window.addEventListener("pageshow", () => all("button[aria-busy]").forEach((button) => { button.removeAttribute("aria-busy"); button.disabled = false; }));

  // More than a URL was pasted into the field for one: the server reads it.
  document.addEventListener("paste", (event) => {
    const text = event.target.id === "target" ? event.clipboardData.getData("text").trim() : "", other = document.getElementById("pasted");
    if (!other || !/\s|^[{\[]/.test(text)) return;
    event.preventDefault();
    other.value = text;
    other.form.requestSubmit();
  });

  // Another tool: its own arguments are filled in by the server.
  document.addEventListener("change", (event) => {
    const choice = event.target.closest("select[data-choose]");
    if (choice) location.search = "?" + new URLSearchParams({ [choice.dataset.choose]: choice.value });
  });

  // Keys. Tab is never taken; the arrows only where an exchange has the focus, so that elsewhere they scroll.
  const list = () => all("[data-exchange]").filter((one) => one.offsetParent);
  const focused = () => document.activeElement && document.activeElement.closest("[data-exchange]");
  const step = (by) => {
    const found = list(), here = found.indexOf(focused());
    const next = found[Math.min(found.length - 1, Math.max(0, here < 0 ? (by > 0 ? 0 : found.length - 1) : here + by))];
    if (!next) return;
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const unfold = (open) => focused().querySelectorAll(":scope > details").forEach((part) => { part.open = open; });
  // One exchange by itself: its parts, its neighbours, the form that sends it again.
  const turn = (by) => {
    const tabs = all(".tabs a");
    const section = document.querySelector(".panes > section:target, .panes > section:has(:target)");
    const here = Math.max(0, tabs.findIndex((tab) => section && tab.hash === "#" + section.id));
    tabs[(here + by + tabs.length) % tabs.length].click();
  };
  const go = (selector) => { const link = document.querySelector(selector); if (link) link.click(); };
  const alone = {
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
    j: () => go("a[rel=next]"),
    k: () => go("a[rel=prev]"),
    r: () => go(".from-here a[href$='/resend']"),
  };
  // Who speaks to the machine, or meets keys by chance, switches single ones off (WCAG 2.1.4).
  const help = document.getElementById("keys"), letters = document.getElementById("letters");
  const kept = (value) => { try { return value ? localStorage.setItem("letters", value) : localStorage.getItem("letters"); } catch { return null; } };
  const showKeys = () => { if (help && !help.open) help.showModal(); };
  if (help) {
    letters.checked = kept() !== "off";
    letters.addEventListener("change", () => kept(letters.checked ? "on" : "off"));
    all("button[data-keys]").forEach((button) => { button.hidden = false; button.addEventListener("click", showKeys); });
  }
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    t: () => window.scrollTo(0, 0),
    "/": () => { const field = document.getElementById("filter"); if (field) { field.focus(); field.select(); } },
    "?": showKeys,
  };
  const onExchange = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ArrowRight: () => unfold(true),
    ArrowLeft: () => unfold(false),
    Enter: () => focused().querySelector("a").click(),
    Escape: () => document.activeElement.blur(),
  };
  // What is typed in a form is sent by its own button, everything else by the main one.
  const send = (target) => {
    const form = target.closest && target.closest("form");
    const button = form ? form.querySelector("[type=submit]") : document.querySelector(".moves .big") || document.querySelector("form.new button.big");
    if (button) button.click();
    return button;
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.getModifierState("AltGraph")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      if (send(event.target)) event.preventDefault();
      return;
    }
    if (event.key === "Escape" && event.target.id === "filter") event.target.blur();
    if (typing(event) || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.key.length === 1 && letters && !letters.checked) return;
    const isAlone = document.querySelector(".tabs") && !event.shiftKey && !event.target.closest(".scroll"); // in a table the arrows scroll
    const act = (isAlone && Object.hasOwn(alone, event.key) && alone[event.key]) || (Object.hasOwn(keys, event.key) && keys[event.key]) ||
      (event.target.matches("[data-exchange]") && Object.hasOwn(onExchange, event.key) && onExchange[event.key]);
    if (!act) return;
    event.preventDefault();
    act();
  });

  // A link into a fold opens it; some browsers do so by themselves.
  const unfoldTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const fold = target && target.closest("details:not([open])");
    if (!fold) return;
    for (let one = fold; one; one = one.parentElement.closest("details")) one.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", unfoldTarget);

  offerCopies();
  unfoldTarget();
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", () => { offerCopies(); tick(); });
})();
