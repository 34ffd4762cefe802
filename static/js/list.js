// Lists: what is ticked is counted, and on a wide screen a row opens beside the list instead of leading away.
(() => {
  "use strict";
  const wide = matchMedia("(min-width: 1200px)");

  // The bar of verbs says how many are ticked and offers to tick none.
  const count = (form) => {
    const bar = form?.querySelector("[data-ticked]");
    if (!bar) return;
    const boxes = [...form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(bar.dataset.ticked)}"]`)];
    const many = boxes.filter((box) => box.checked).length;
    const all = form.querySelector("[data-all]");
    if (all) {
      all.checked = many > 0 && many === boxes.length;
      all.indeterminate = many > 0 && many < boxes.length;
    }
    boxes.forEach((box) => box.closest("tr")?.toggleAttribute("data-on", box.checked));
    const say = bar.querySelector("[data-say]");
    say.dataset.none ??= say.textContent;
    say.textContent = many ? `${many} ticked` : say.dataset.none;
    bar.classList.toggle("on", many > 0);
    bar.querySelector("[type=reset]").hidden = !many;
  };
  const countAll = () => document.querySelectorAll("form:has([data-ticked])").forEach(count);
  document.addEventListener("change", (event) => count(event.target.form));
  document.addEventListener("reset", (event) => setTimeout(() => count(event.target)));
  window.addEventListener("pageshow", countAll);

  // The panel. Its address is that of the row with one word more; without room for it the row leads to the page.
  let opened = null;
  const mark = (row) => {
    document.querySelectorAll("tr.on").forEach((one) => one.classList.remove("on"));
    row?.classList.add("on");
  };
  const open = (link) => {
    opened = link;
    mark(link.closest("tr"));
    window.htmx.ajax("GET", `${new URL(link.href).pathname}panel/`, { source: link, target: "#panel", swap: "outerHTML" });
  };
  const close = () => {
    const empty = document.createElement("div");
    empty.id = "panel";
    empty.hidden = true;
    document.getElementById("panel").replaceWith(empty);
    mark(null);
    opened?.focus();
    opened = null;
  };
  const beside = (way) => {
    const links = [...document.querySelectorAll("a[data-panel]")];
    const next = links[links.indexOf(opened) + way];
    if (!next) return;
    next.scrollIntoView({ block: "nearest" });
    open(next);
  };
  const plain = (event) => !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

  document.addEventListener("click", (event) => {
    if (!plain(event) || event.defaultPrevented) return;
    if (event.target.closest("[data-panel-close]")) { close(); return; }
    if (!wide.matches || !window.htmx) return;
    const row = event.target.closest(".du-split tbody tr");
    const link = event.target.closest("a[data-panel]") || row?.querySelector("a[data-panel]");
    // Other links, boxes and text that is being copied are left alone.
    const own = event.target.closest("a, button, input, label, summary");
    if (!link || (own && own !== link) || String(getSelection())) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (event) => {
    if (!opened || event.defaultPrevented || document.querySelector("dialog[open], details[data-menu][open]")) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      beside(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  // What could not be fetched is opened as a page instead.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.target?.id === "panel" && opened) location.href = opened.href;
  });
})();
