// Menus are <details data-menu>: they open without this. Here: closing outside, Escape, arrow keys, one at a time; dialogs.
(() => {
  "use strict";
  const open = () => document.querySelectorAll("details[data-menu][open]");
  const items = (menu) => [...menu.querySelectorAll(".du-menu-list a, .du-menu-list button, .du-nav a")].filter((x) => x.offsetParent);

  document.addEventListener("click", (event) => {
    open().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details[data-menu][open]")) return;
    open().forEach((menu) => { if (menu !== event.target) menu.open = false; });
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = [...open()].at(-1);
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const list = items(menu);
      const at = list.indexOf(document.activeElement);
      const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? list.length - 1 : at - 1 + list.length;
      event.preventDefault();
      list[next % list.length]?.focus();
    }
  });

  // A link with data-dialog leads to a page that asks to confirm; the same form is shown in a dialog instead.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const form = answer.ok && page.getElementById("confirm");
      if (!form) throw new Error("no form to show");
      const dialog = document.createElement("dialog");
      dialog.className = "du-dialog";
      dialog.setAttribute("aria-labelledby", "confirm-title");
      dialog.append(document.adoptNode(form));
      document.body.append(dialog);
      const shut = () => { dialog.close(); link.closest("details[data-menu]")?.querySelector("summary").focus(); };
      dialog.addEventListener("close", () => dialog.remove());
      dialog.addEventListener("click", (e) => {
        if (e.target === dialog) shut();
        if (e.target.closest("[data-close]")) { e.preventDefault(); shut(); }
      });
      dialog.showModal();
      (dialog.querySelector("input:not([type=hidden]), textarea, select") || dialog.querySelector("[data-close]"))?.focus();
    } catch {
      location.href = link.href;
    }
  });
})();
