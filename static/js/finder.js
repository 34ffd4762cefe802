// The box that finds anything: Ctrl K or the search link opens it over the page; arrows choose, Enter opens.
(() => {
  "use strict";
  const found = (form) => form.parentElement.querySelector("[data-found]");
  const links = (form) => [...found(form).querySelectorAll("a")];
  const boxOf = (element) => element.closest?.(".du-finding")?.querySelector("[data-finder]");

  const open = () => {
    const standing = document.querySelector("[data-finder] input");
    if (standing) { standing.focus(); standing.select(); return true; }
    const shape = document.getElementById("finder-shape");
    if (!shape || !window.htmx) return false;
    const dialog = document.createElement("dialog");
    dialog.className = "du-finder";
    dialog.setAttribute("aria-label", "Search");
    dialog.append(document.importNode(shape.content, true));
    document.body.append(dialog);
    window.htmx.process(dialog);
    const shut = dialog.querySelector("[data-esc]");
    shut.hidden = false;
    shut.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.showModal();
    window.htmx.trigger(dialog.querySelector("input"), "fill");
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (open()) event.preventDefault();
      return;
    }
    const form = boxOf(event.target);
    if (!form) return;
    if (event.key === "Escape") {
      // A search field would first empty itself.
      form.closest("dialog")?.close();
      return;
    }
    const list = links(form), at = list.indexOf(document.activeElement), input = form.querySelector("input");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      // From the box, the first row is the one that Enter opens, so down means the second.
      const next = event.key === "ArrowDown" ? (at < 0 ? 1 : at + 1) : at - 1;
      if (at < 0 && event.key === "ArrowUp") list.at(-1)?.focus();
      else if (next < 0) input.focus();
      else (list[next] || list[0])?.focus();
    } else if (at >= 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ") {
      input.focus();
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      go(form, event.ctrlKey || event.metaKey);
    }
  });

  // Enter may come before the answer to what was typed: then the answer is waited for.
  let waiting = null;
  const go = (form, apart) => {
    const typed = form.querySelector("input").value.normalize("NFC").replace(/\s+/g, " ").trim();
    if (found(form).dataset.q !== typed) { waiting = [form, apart]; return; }
    waiting = null;
    const first = links(form)[0];
    if (!first) return;
    if (apart) window.open(first.href, "_blank", "noopener");
    else first.click();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (waiting && event.detail.elt.matches?.("[data-found]")) go(...waiting);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-find]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (open()) event.preventDefault();
  });
})();
