// SPDX-License-Identifier: Apache-2.0

extension CockpitFiles {
  /// Refreshes the page, submits its buttons without leaving it, and opens details in place.
  ///
  /// The focus returns to the element that had it, so that keyboard users keep their place when something changes. If
  /// that element is gone, the focus goes to the link before it, never to another alert's button. However fast things
  /// change, the page refreshes at most twice a second.
  static let script = """
    "use strict";
    const at = (id) => document.getElementById(id);
    const now = at("now"), say = at("say"), live = at("live"), why = at("why");
    let under = false, again = false, last = "", pressed = null;
    const reachable = "button, a, summary";
    const naming = (element) => element.form
      ? element.form.action + "?" + new URLSearchParams(new FormData(element.form)) : element.href ?? element.textContent;
    function refocus(name, place) {
      const reach = [...now.querySelectorAll(reachable)];
      const same = reach.find((element) => naming(element) === name);
      (same ?? reach.slice(0, place + 1).filter((element) => !element.form).pop())?.focus();
    }
    const clock = (text) =>
      new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    function localize() {
      for (const hour of now.querySelectorAll("time.hour")) hour.textContent = clock(hour.dateTime);
      for (const hour of now.querySelectorAll("g[data-hour]"))
        hour.firstElementChild.textContent = clock(hour.dataset.hour) + ": " + hour.dataset.text;
      const zone = now.querySelector(".zone");
      if (zone) zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
    }
    async function refresh() {
      if (under) { again = true; return; }
      under = true;
      try {
        const answer = await fetch("/cockpit/now");
        if (answer.status === 401) { location.href = "/login"; return; }
        if (answer.ok) {
          const text = await answer.text();
          const held = pressed ?? document.activeElement, reach = [...now.querySelectorAll(reachable)];
          const place = reach.indexOf(held), name = place < 0 ? "" : naming(held), isOpen = at("hours")?.open;
          now.innerHTML = text;
          pressed = null;
          localize();
          if (isOpen && at("hours")) at("hours").open = true;
          if (place >= 0) refocus(name, place);
          const said = now.querySelector("[data-say]")?.dataset.say ?? "";
          if (last && said !== last) say.textContent = said;
          last = said;
        }
      } catch { live.textContent = "Cannot reach Belfry."; live.className = ""; } finally {
        setTimeout(() => { under = false; if (again) { again = false; refresh(); } }, 500);
      }
    }
    async function press(form) {
      const buttons = form.querySelectorAll("button");
      if (now.contains(document.activeElement)) pressed = document.activeElement;
      buttons.forEach((button) => { button.disabled = true; });
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
        if (answer.type === "opaqueredirect") {
          say.textContent = form.querySelector("button").textContent + ": done.";
          if (form.matches(".fields")) { form.reset(); form.closest("details").open = false; }
          refresh();
        } else {
          const reply = await answer.json().catch(() => ({}));
          say.textContent = reply.error ?? "That failed. See Belfry's log.";
        }
      } catch { say.textContent = "Cannot reach Belfry. Nothing was changed."; } finally {
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
      localize();
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
      events.onerror = () => { live.textContent = "reconnecting…"; live.className = ""; };
      events.onmessage = refresh;
    }
    """
}
