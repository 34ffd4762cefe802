// What a careful person sees in an open page; looking.py puts it there, behind axe, and asks.
window.looking = (() => {
  "use strict";
  // Controls that somebody who listens to the page hears no name of.
  const nameless = () => {
    const spoken = (one) => one.textContent + [...one.querySelectorAll("[aria-label], img[alt]")]
      .map((part) => part.getAttribute("aria-label") || part.alt).join("");
    const names = (one) => [one.getAttribute("aria-label"), one.title, ...[...(one.labels || [])].map(spoken),
      ...(one.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent),
      one.matches("button, summary, a") ? spoken(one) : ""];
    const controls = "input:not([type=hidden]), select, textarea, button, summary, a[href], iframe";
    return [...document.querySelectorAll(controls)]
      .filter((one) => !one.hidden && !one.closest("[aria-hidden=true]"))
      .filter((one) => !names(one).some((name) => name && name.trim()))
      .map((one) => `has no name: ${one.outerHTML.slice(0, 160)}`);
  };
  // What stands out on the right of a page that can be scrolled sideways.
  const tooWide = () => {
    const room = document.documentElement.clientWidth, wide = document.scrollingElement.scrollWidth;
    if (wide <= room) return [];
    const right = (one) => Math.round(one.getBoundingClientRect().right);
    return [`scrolls to ${wide}`, ...[...document.body.querySelectorAll("*")].filter((one) => right(one) > room)
      .map((one) => `${one.tagName}.${one.className} ${right(one)}`).slice(0, 5)];
  };
  // Whether what lies behind everything is as bright as its scheme.
  const wrongScheme = (scheme) => {
    const colours = [document.body, document.documentElement].map((one) => getComputedStyle(one).backgroundColor);
    const shown = colours.find((colour) => !/, 0\)$|transparent/.test(colour)) || "";
    const brightness = Math.max(...(shown.match(/[\d.]+/g) || []).slice(0, 3).map(Number));
    const right = Number.isFinite(brightness) && (brightness > 128) === (scheme === "light");
    return right ? [] : [`brightness ${brightness}`];
  };
  // What axe says. The content of frames is left out: a mail may not run what looks at it. Bars that stay at the bottom
  // of the window lie at the end of the page meanwhile: what they hide can be scrolled to.
  const violations = async (within, runOnly, rules) => {
    const bars = [...document.querySelectorAll(".du-bar, .du-tabbar, .du-end")];
    bars.forEach((bar) => { bar.style.position = "static"; });
    try { return await said(within, runOnly, rules); } finally { bars.forEach((bar) => { bar.style.position = ""; }); }
  };
  const said = async (within, runOnly, rules) => {
    document.getAnimations().forEach((one) => { try { one.finish(); } catch { /* it has no end */ } });
    const options = { runOnly, rules, preload: false, iframes: false, resultTypes: ["violations"] };
    const found = await axe.run(within || document, options);
    const why = (node) => node.failureSummary.split("\n").slice(1).map((line) => line.trim()).join("; ");
    return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}: ${why(node)}`));
  };
  // What a first visit transfers, in bytes as they travel, and how much of that is the logo. Frames count, too.
  const weight = () => {
    const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const sum = (some) => some.reduce((total, one) => total + one.encodedBodySize, 0);
    return { all: sum(parts), logo: sum(parts.filter((one) => one.name.includes("/logo"))) };
  };
  const look = async ([scheme, within, runOnly, rules]) =>
    [...tooWide(), ...wrongScheme(scheme), ...await violations(within, runOnly, rules)];
  // What is the same in every size and scheme.
  const once = () => ({ said: nameless(), weight: weight() });
  return { once, look };
})();
