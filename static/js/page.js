// Small comforts of every page: shortcuts, copy buttons, fresh times, unsaved changes, focus on what went wrong.
(() => {
  "use strict";

  // Shortcuts: a single letter follows the link that carries it, Ctrl Enter and Ctrl S press the marked button.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const command = event.ctrlKey || event.metaKey;
    if (command && (event.key === "s" || event.key === "Enter")) {
      const button = document.querySelector(`button[data-key="${event.key === "s" ? "ctrl-s" : "ctrl-enter"}"]`);
      if (!button) return;
      event.preventDefault();
      button.click();
    } else if (!typing && !command && !event.altKey && /^[a-z]$/.test(event.key) && !event.target.closest?.("dialog, .du-finding")) {
      document.querySelector(`[data-key="${event.key}"]`)?.click();
    }
  });

  // Copy buttons appear when there is a clipboard.
  const copyButtons = (root) => {
    if (navigator.clipboard) root.querySelectorAll("[data-copy][hidden]").forEach((b) => { b.hidden = false; });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      window.duely?.toast({ message: button.dataset.copied || "Copied" });
    } catch {
      window.duely?.toast({ kind: "bad", message: "The browser did not allow copying." });
    }
  });

  // What a link opened in place is closed again without asking; on a page of its own the same link leads back.
  document.addEventListener("click", (event) => {
    const part = event.target.closest?.("a[data-fold]")?.closest("[id]");
    const opener = part && document.querySelector(`a[hx-target="#${CSS.escape(part.id)}"]`);
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    part.replaceWith(Object.assign(document.createElement("div"), { id: part.id }));
    opener.focus();
  });

  // "4 min ago" stays true on a page that is left open.
  const freshen = () => document.querySelectorAll("time[data-ago]").forEach((time) => {
    const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
    if (minutes >= 0 && minutes < 1) time.textContent = "just now";
    else if (minutes >= 1 && minutes < 60) time.textContent = `${minutes} min ago`;
    else if (minutes >= 60 && minutes < 1440) time.textContent = `${Math.floor(minutes / 60)} h ago`;
  });
  setInterval(freshen, 30000);

  // Forms marked data-guard ask before what was typed is lost.
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-guard") && !event.target.closest("[data-enter]")) changed.add(form);
  });
  document.addEventListener("submit", (event) => changed.delete(event.target));
  document.addEventListener("duely:saved", (event) => changed.delete(event.target.closest("form")));
  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  // Fields with a button of their own within a larger form: Enter presses the one that data-enter names.
  document.addEventListener("keydown", (event) => {
    const part = event.key === "Enter" && event.target.matches?.("input") && event.target.closest("[data-enter]");
    if (!part) return;
    event.preventDefault();
    document.getElementById(part.dataset.enter)?.click();
  });

  // A form is sent once: pressing again while it is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    // An answer that is a download leaves this page standing: the form must be usable again.
    setTimeout(() => release(form), 10000);
  });
  const release = (form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  };
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

  // "Select all" of a list; the boxes are named in data-all.
  document.addEventListener("change", (event) => {
    const all = event.target.closest?.("[data-all]");
    if (!all) return;
    all.form?.querySelectorAll(`input[type=checkbox][name="${CSS.escape(all.dataset.all)}"]`).forEach((box) => { box.checked = all.checked; });
  });

  // On a narrow screen the open one of a row of views may stand outside of it.
  const showOpenView = (root) => root.querySelectorAll(".du-views [aria-current]").forEach((view) => {
    const row = view.parentElement.getBoundingClientRect(), own = view.getBoundingClientRect();
    if (own.right > row.right) view.parentElement.scrollLeft += own.right - row.right + 16;
  });

  const settle = (root) => {
    copyButtons(root);
    showOpenView(root);
    root.querySelector("[data-focus]")?.focus();
  };
  document.addEventListener("DOMContentLoaded", () => { settle(document); freshen(); });
  document.addEventListener("htmx:afterSettle", (event) => settle(event.detail.elt));
})();
