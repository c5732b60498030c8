// SPDX-License-Identifier: Apache-2.0

/// What the page is drawn and kept fresh with; part of the program, so that nothing has to be installed beside it.
enum CockpitFiles {
  static let style = """
    :root { color-scheme: light dark; --line: #8886; --bad: light-dark(#b3261e, #ff8a80); }
    * { box-sizing: border-box; }
    body { font: 16px/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 0 1rem 2rem; }
    h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; border-bottom: 1px solid var(--line); }
    h2 span, .none { color: GrayText; font-weight: normal; }
    ul { list-style: none; padding: 0; } p { margin: .2rem 0; overflow-wrap: anywhere; }
    li { border-left: 4px solid var(--line); margin: .6rem 0; padding-left: .6rem; }
    li.dead, li.lost { border-color: var(--bad); }
    form { display: inline-block; margin: .2rem .4rem .2rem 0; }
    button { font: inherit; min-height: 2.4rem; padding: 0 .8rem; }
    :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
    """

  /// The focus is put back where it was, so that whoever works by the keyboard loses no place when something is new.
  static let script = """
    "use strict";
    const now = document.getElementById("now");
    let under = false, again = false;
    async function refresh() {
      if (under) { again = true; return; }
      under = true;
      try {
        const answer = await fetch("/cockpit/now");
        if (answer.ok) {
          const text = await answer.text();
          const buttons = [...now.querySelectorAll("button")];
          const index = buttons.indexOf(document.activeElement);
          now.innerHTML = text;
          if (index >= 0) now.querySelectorAll("button")[index]?.focus();
        }
      } finally {
        under = false;
        if (again) { again = false; refresh(); }
      }
    }
    new EventSource("/events").onmessage = refresh;
    """
}
