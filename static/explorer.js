// Everything on these pages works without this file; it only makes them smoother.
"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const typing = (event) => event.isComposing || event.altKey || event.metaKey ||
    (event.target.closest && event.target.closest("input, textarea, select, [contenteditable]"));

  // Copy buttons: shown where a clipboard is.
  const offerCopies = () => {
    if (navigator.clipboard) all("button.copy[hidden]").forEach((button) => { button.hidden = false; });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
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

  // Clocks: the age of a code, the time a step has run.
  const seconds = (from) => Math.max(0, Math.floor(Date.now() / 1000 - from));
  const tick = () => {
    all("b[data-since]").forEach((clock) => { clock.textContent = seconds(+clock.dataset.since) + " s"; });
    all("p.ageing[data-since]").forEach((line) => {
      line.textContent = line.textContent.replace(/is (.+?) old/, "is " + seconds(+line.dataset.since) + " s old");
      line.classList.toggle("over", Date.now() / 1000 > +line.dataset.until);
    });
  };

  // One press is enough: the server also knows, but the eye should see it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.action.includes("/reveal")) return;
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

  const step = (by) => {
    const list = all("[data-exchange]");
    if (!list.length) return;
    const here = list.findIndex((one) => one === document.activeElement || one.contains(document.activeElement));
    const next = list[Math.min(list.length - 1, Math.max(0, here < 0 ? (by > 0 ? 0 : list.length - 1) : here + by))];
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    t: () => window.scrollTo(0, 0),
    "?": () => { const help = document.getElementById("keys"); if (help && !help.open) help.showModal(); },
    Enter: () => { const link = document.activeElement.matches("[data-exchange]") && document.activeElement.querySelector("a"); if (link) link.click(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const main = document.querySelector(".moves .big") || document.querySelector("form.new button.big");
      if (main) { event.preventDefault(); main.click(); }
      return;
    }
    if (typing(event) || event.ctrlKey || document.querySelector("dialog[open]") || !Object.hasOwn(keys, event.key)) return;
    if (event.key !== "Enter") event.preventDefault();
    keys[event.key]();
  });

  offerCopies();
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", () => { offerCopies(); tick(); });
})();
