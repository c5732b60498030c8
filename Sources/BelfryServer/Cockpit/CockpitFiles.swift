// SPDX-License-Identifier: Apache-2.0

/// What the page is drawn and kept fresh with; part of the program, so that nothing has to be installed beside it.
enum CockpitFiles {
  static let style = """
    :root {
      color-scheme: light dark; --page: light-dark(#f5f6f8, #12151a); --card: light-dark(#fff, #1b2027);
      --text: light-dark(#1c2430, #e4e8ee); --fine: light-dark(#5b6675, #98a3b3); --line: light-dark(#dde2e9, #2d353f);
      --accent: light-dark(#1d5fd1, #8ab4ff); --on: light-dark(#fff, #10203c);
      --critical: light-dark(#b3261e, #ff8f86); --warning: light-dark(#8a5a00, #f3bd4f);
      --info: light-dark(#1d5fd1, #8ab4ff); --good: light-dark(#1a7f43, #6fd49a);
    }
    * { box-sizing: border-box; }
    body { background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; margin: 0; }
    header { align-items: center; background: var(--card); border-bottom: 1px solid var(--line); display: flex;
      flex-wrap: wrap; gap: .25rem 1rem; padding: .6rem max(1rem, calc(50vw - 34rem)); }
    header nav { align-items: center; display: flex; gap: 1rem; margin-left: auto; }
    main { margin: 0 auto; max-width: 70rem; padding: 1rem; }
    main.narrow { max-width: 28rem; }
    h1 { font-size: 1.25rem; margin: 0; } h1 a { color: inherit; text-decoration: none; }
    h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; } h2 span { color: var(--fine); font-weight: normal; }
    h3 { align-items: baseline; display: flex; flex-wrap: wrap; font-size: 1rem; gap: .2rem .6rem; margin: 0; }
    h3 a { flex: 1 1 12rem; min-width: 0; order: 3; }
    @media (min-width: 40rem) { h3 a { order: 0; } }
    @media (max-width: 39.99rem) { h3 .standing { margin-left: auto; } h3 a { flex-basis: 100%; } }
    a { color: var(--accent); } li a { color: inherit; text-decoration-color: var(--fine); }
    p, h2, h3, li a, summary { overflow-wrap: anywhere; } p { margin: .15rem 0; }
    #live { color: var(--fine); font-size: .85rem; } #live.on { color: var(--good); }
    #say:empty { display: none; }
    #say { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .8rem;
      padding: .5rem .8rem; }
    .cut { -webkit-box-orient: vertical; -webkit-line-clamp: 2; display: -webkit-box; line-clamp: 2; overflow: hidden; }
    .fine, .none { color: var(--fine); font-size: .875rem; }
    .tiles { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); margin: 0; }
    .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .8rem; }
    dt { color: var(--fine); font-size: .85rem; }
    dd { font-size: 1.6rem; font-weight: 600; line-height: 1.2; margin: 0; }
    .tiles .bad dd { color: var(--critical); } .tiles .none dd { color: var(--fine); font-weight: 400; }
    .columns { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
    ul { list-style: none; margin: 0; padding: 0; }
    li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line);
      border-radius: .5rem; margin: .5rem 0; padding: .6rem .8rem; }
    .columns li { padding: .35rem .8rem; }
    li.critical, li.dead, li.lost { border-left-color: var(--critical); }
    li.warning { border-left-color: var(--warning); } li.info { border-left-color: var(--info); }
    .severity { font-size: .8rem; font-weight: 700; letter-spacing: .02em; }
    .critical .severity { color: var(--critical); } .warning .severity { color: var(--warning); }
    .info .severity { color: var(--info); }
    .standing { border: 1px solid currentColor; border-radius: 1rem; color: var(--fine); font-size: .8rem;
      font-weight: 600; padding: 0 .6rem; }
    .told .standing { color: var(--good); } .waiting .standing { color: var(--warning); }
    .dead .standing, .lost .standing { color: var(--critical); }
    .taken { color: var(--good); }
    .acts { display: flex; flex-wrap: wrap; gap: .5rem; } .acts:has(form) { margin-top: .5rem; }
    button, input, select { background: var(--card); border: 1px solid var(--fine); border-radius: .4rem;
      color: inherit; font: inherit; min-height: 2.5rem; padding: 0 .9rem; }
    button { cursor: pointer; } button:hover { border-color: var(--accent); }
    button.primary { background: var(--accent); border-color: var(--accent); color: var(--on); font-weight: 600; }
    button.quiet { border-color: transparent; color: var(--accent); padding: 0 .3rem; text-decoration: underline; }
    button:disabled { opacity: .55; }
    label { color: var(--fine); display: block; font-size: .875rem; }
    input, select { color: var(--text); display: block; margin: .15rem 0 .6rem; padding: 0 .6rem; width: 100%; }
    details { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 1.5rem 0;
      padding: .6rem .8rem; }
    summary { cursor: pointer; min-height: 1.8rem; }
    .fields { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); }
    .fields button { align-self: center; }
    .banner { border: 1px solid var(--critical); border-radius: .5rem; margin-bottom: 1rem; padding: .6rem .8rem; }
    .bad { color: var(--critical); }
    dialog { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; color: inherit;
      max-height: 90vh; overflow: auto; padding: .5rem 1rem 1rem; width: min(60rem, 94vw); }
    dialog::backdrop { background: #0008; } dialog .close { float: right; } dialog h2 { margin-top: .4rem; }
    pre { background: var(--page); border: 1px solid var(--line); border-radius: .5rem; font-size: .85rem;
      overflow-wrap: anywhere; padding: .7rem; white-space: pre-wrap; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    """

  /// Keeps the page fresh, presses its buttons without leaving it, and opens details in place.
  ///
  /// The focus is put back where it was, so that whoever works by the keyboard loses no place when something is new. However
  /// fast things happen, the page looks twice a second at most.
  static let script = """
    "use strict";
    const at = (id) => document.getElementById(id);
    const now = at("now"), say = at("say"), live = at("live"), why = at("why");
    let under = false, again = false, last = "";
    const reachable = "button, a";
    async function refresh() {
      if (under) { again = true; return; }
      under = true;
      try {
        const answer = await fetch("/cockpit/now");
        if (answer.status === 401) { location.href = "/login"; return; }
        if (answer.ok) {
          const text = await answer.text();
          const index = [...now.querySelectorAll(reachable)].indexOf(document.activeElement);
          now.innerHTML = text;
          if (index >= 0) [...now.querySelectorAll(reachable)].slice(0, index + 1).pop()?.focus();
          const said = now.querySelector("[data-say]")?.dataset.say ?? "";
          if (last && said !== last) say.textContent = said;
          last = said;
        }
      } catch { live.textContent = "Belfry cannot be reached."; live.className = ""; } finally {
        setTimeout(() => { under = false; if (again) { again = false; refresh(); } }, 500);
      }
    }
    async function press(form) {
      const buttons = form.querySelectorAll("button");
      buttons.forEach((button) => { button.disabled = true; });
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
        if (answer.type === "opaqueredirect") {
          say.textContent = form.querySelector("button").textContent + ": done.";
          if (form.matches(".fields")) { form.reset(); form.closest("details").open = false; }
          refresh();
        } else {
          const told = await answer.json().catch(() => ({}));
          say.textContent = told.error ?? "It failed; the log of Belfry says why.";
        }
      } catch { say.textContent = "Belfry cannot be reached: nothing was done."; } finally {
        buttons.forEach((button) => { button.disabled = false; });
      }
    }
    async function open(link) {
      const answer = await fetch(link.href);
      if (!answer.ok) { location.href = link.href; return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      why.querySelector("div").replaceChildren(...page.querySelector("main").childNodes);
      why.showModal();
    }
    if (now) {
      last = now.querySelector("[data-say]")?.dataset.say ?? "";
      document.addEventListener("submit", (event) => {
        if (!event.target.matches("form.act")) return;
        event.preventDefault();
        press(event.target);
      });
      document.addEventListener("click", (event) => {
        const link = event.target.closest?.("a.why");
        if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(link); }
      });
      why.querySelector(".close").addEventListener("click", () => why.close());
      const events = new EventSource("/events");
      events.onopen = () => { live.textContent = "live"; live.className = "on"; refresh(); };
      events.onerror = () => { live.textContent = "not live: connecting…"; live.className = ""; };
      events.onmessage = refresh;
    }
    """
}
