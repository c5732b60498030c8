// SPDX-License-Identifier: Apache-2.0

/// The page's style sheet and script, part of the program so that nothing else has to be installed.
enum CockpitFiles {
  static let style = """
    :root {
      color-scheme: light dark; --page: light-dark(#f5f6f8, #12151a); --card: light-dark(#fff, #1b2027);
      --text: light-dark(#1c2430, #e4e8ee); --fine: light-dark(#5b6675, #98a3b3); --line: light-dark(#dde2e9, #2d353f);
      --accent: light-dark(#1d5fd1, #8ab4ff); --on: light-dark(#fff, #10203c);
      --critical: light-dark(#b3261e, #ff8f86); --warning: light-dark(#8a5a00, #f3bd4f);
      --info: light-dark(#1d5fd1, #8ab4ff); --good: light-dark(#1a7f43, #6fd49a);
      --alerts: light-dark(#5b6675, #98a3b3);
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
    .hours { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin-top: .6rem;
      padding: .6rem .8rem; }
    .hours h2 { font-size: .85rem; font-weight: normal; color: var(--fine); margin: 0 0 .3rem; }
    .hours > div { display: grid; gap: 0 clamp(1rem, 4vw, 2.5rem); grid-template-columns: 1fr 1fr; }
    figure { display: flex; flex-direction: column; justify-content: end; margin: 0; min-width: 0; }
    figcaption { align-items: baseline; display: flex; flex-wrap: wrap; font-size: .9rem; gap: 0 .8rem; }
    figcaption .fine { font-size: .75rem; margin-left: auto; }
    figcaption .lost { color: var(--critical); font-weight: 600; }
    svg { border-bottom: 1px solid var(--fine); border-top: 1px dashed var(--line); display: block; height: 3.5rem;
      margin-top: .2rem; width: 100%; }
    .bar { fill: var(--alerts); } figure + figure .bar { fill: var(--accent); }
    .bar.lost, figure + figure .bar.lost { fill: var(--card); stroke: var(--critical); stroke-width: 2;
      vector-effect: non-scaling-stroke; }
    .room { fill: transparent; } g:hover .room { fill: var(--line); }
    .axis { color: var(--fine); display: grid; font-size: .75rem; grid-auto-columns: 1fr; grid-auto-flow: column;
      height: 1.2rem; overflow: hidden; }
    .axis span { white-space: nowrap; width: 0; }
    .axis span:nth-last-child(-n+3) { display: flex; justify-content: end; justify-self: end; }
    @media (max-width: 39.99rem) { .axis .half { visibility: hidden; } }
    .hours details { border: 0; margin: .2rem 0 0; padding: 0; } .hours summary { color: var(--fine); font-size: .85rem; }
    table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; max-width: 36rem;
      width: 100%; }
    th, td { border-top: 1px solid var(--line); padding: .15rem .4rem; text-align: right; }
    th:first-child { text-align: left; } thead th { color: var(--fine); font-weight: normal; vertical-align: bottom; }
    @media (forced-colors: active) {
      .bar, figure + figure .bar { fill: CanvasText; }
      .bar.lost, figure + figure .bar.lost { fill: Canvas; stroke: CanvasText; }
    }
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
    .fields button { align-self: end; margin-bottom: .6rem; } .narrow form { margin-top: .8rem; }
    .banner { border: 1px solid var(--critical); border-radius: .5rem; margin-bottom: 1rem; padding: .6rem .8rem; }
    .bad { color: var(--critical); }
    dialog { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; color: inherit;
      max-height: 90vh; overflow: auto; padding: .5rem 1rem 1rem; width: min(60rem, 94vw); }
    dialog::backdrop { background: #0008; } dialog .close { float: right; } dialog h2 { margin-top: .4rem; }
    pre { background: var(--page); border: 1px solid var(--line); border-radius: .5rem; font-size: .85rem;
      overflow-wrap: anywhere; padding: .7rem; white-space: pre-wrap; }
    pre > span { display: block; padding-left: 2ch; text-indent: -2ch; }
    pre > .inner { padding-left: 6ch; text-indent: -6ch; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    """
}
