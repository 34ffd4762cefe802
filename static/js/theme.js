// Colours: the system decides unless this browser has chosen. In the head, before the page is painted.
(() => {
  "use strict";
  const root = document.documentElement;
  const read = () => {
    try { return localStorage.getItem("duely-theme") || ""; } catch { return ""; }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme;
    else delete root.dataset.bsTheme;
  };
  apply(read());

  document.addEventListener("DOMContentLoaded", () => {
    const buttons = document.querySelectorAll("[data-theme-choice] [data-theme]");
    const mark = () => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.theme === read())));
    document.querySelectorAll("[data-theme-choice]").forEach((box) => { box.hidden = false; });
    buttons.forEach((button) => button.addEventListener("click", () => {
      try { localStorage.setItem("duely-theme", button.dataset.theme); } catch { /* private window: this page only */ }
      apply(button.dataset.theme);
      mark();
    }));
    mark();
  });
})();
