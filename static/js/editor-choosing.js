// Choosing a client and choosing an item in the invoice editor, by search, and making a client on the spot.
(() => {
  "use strict";
  if (!window.duelyEditor) return;
  const { form, rows, cell, fill, addLine, isBlank, changed } = window.duelyEditor;
  const select = document.getElementById("client_id");
  const combo = form.querySelector("[data-combo]");
  const find = document.getElementById("client-find");
  const list = document.getElementById("client-list");
  const options = (box) => [...box.querySelectorAll("[data-id]")];
  let chosenName = find.value;
  combo.hidden = false;
  select.hidden = true;
  form.querySelector('label[for="client_id"]').htmlFor = "client-find";

  const show = (open) => {
    list.hidden = !open;
    find.setAttribute("aria-expanded", String(open));
  };
  const choose = (id, name) => {
    if (![...select.options].some((one) => one.value === id)) select.add(new Option(name, id));
    select.value = id;
    find.value = chosenName = name;
    show(false);
    changed();
  };
  const step = (box, by) => {
    const all = options(box);
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    all.forEach((one) => one.setAttribute("aria-selected", "false"));
    const next = all[(at + by + all.length) % all.length] || all[0];
    next?.setAttribute("aria-selected", "true");
    next?.scrollIntoView({ block: "nearest" });
  };
  find.addEventListener("focus", () => find.select());
  find.addEventListener("input", (event) => event.stopPropagation());
  find.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      show(true);
      step(list, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      const one = list.querySelector('[aria-selected="true"]') || options(list)[0];
      if (!list.hidden && one) one.click();
    } else if (event.key === "Escape") {
      show(false);
      find.value = chosenName;
    }
  });
  find.addEventListener("blur", () => setTimeout(() => {
    if (list.contains(document.activeElement)) return;
    show(false);
    find.value = chosenName;
  }, 150));
  list.addEventListener("mousedown", (event) => { if (!event.target.closest("input, textarea, select")) event.preventDefault(); });
  list.addEventListener("click", (event) => {
    const one = event.target.closest("[data-id]");
    if (one) { event.preventDefault(); choose(one.dataset.id, one.dataset.name || one.textContent.trim()); }
  });

  // What is made on the spot is taken over at once; its fields stay, empty, for the next one.
  const onTheSpot = (kind, sought, take) => {
    const panel = form.querySelector(`[data-quick="${kind}"]`);
    const fields = () => document.getElementById(`quick-${kind}`);
    const empty = fields().cloneNode(true);
    // A page that was loaded again may hold what was typed before.
    empty.querySelectorAll("input").forEach((one) => { one.value = one.defaultValue; one.checked = one.defaultChecked; });
    panel.hidden = false;
    panel.addEventListener("input", (event) => event.stopPropagation());
    panel.addEventListener("toggle", () => {
      if (!panel.open) return;
      const name = fields().querySelector("input");
      name.value = sought() || name.value;
      name.focus();
    });
    panel.addEventListener("keydown", (event) => {
      if (!event.target.matches("input")) return;
      // The arrows belong to what the field itself offers, not to the menu around it.
      if (event.key === "ArrowDown" || event.key === "ArrowUp") event.stopPropagation();
      if (event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      panel.querySelector("[data-quick-add]").click();
    });
    document.addEventListener("htmx:beforeSwap", (event) => {
      if (event.detail.target?.id !== `quick-${kind}`) return;
      const picked = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").getElementById(`picked-${kind}`);
      if (!picked) return;
      event.detail.shouldSwap = false;
      fields().replaceWith(empty.cloneNode(true));
      panel.open = false;
      take(picked.dataset);
    });
  };
  onTheSpot("client", () => (find.value === chosenName ? "" : find.value), (data) => choose(data.id, data.name));

  const items = document.getElementById("item-list");
  document.getElementById("item-find").addEventListener("input", (event) => event.stopPropagation());
  form.querySelector("[data-items]").addEventListener("toggle", (event) => {
    if (event.target.open) document.getElementById("item-find").focus();
  });
  const takeItem = (data) => {
    const blank = rows().find(isBlank);
    const row = blank || addLine();
    fill(row, {
      item_id: data.id, title: data.name, detail: data.detail || "", unit: data.unit || "",
      // A price in another currency is not this document's price.
      unit_price: data.currency === document.getElementById("currency").value ? data.price : "", taxes: (data.taxIds || "").split(" "),
    });
    form.querySelector("[data-items]").open = false;
    const next = cell(row, cell(row, "unit_price").value ? "quantity" : "unit_price");
    next.focus();
    next.select();
    changed();
  };
  items.addEventListener("click", (event) => {
    const one = event.target.closest("[data-id]");
    if (!one) return;
    event.preventDefault();
    takeItem(one.dataset);
  });
  onTheSpot("item", () => document.getElementById("item-find").value.trim(), takeItem);
  document.addEventListener("htmx:afterSwap", () => {
    if (list.childElementCount && document.activeElement === find) show(true);
  });
})();
