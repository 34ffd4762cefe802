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
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('#problems a[href="#client_id"]')) return;
    event.preventDefault();
    find.focus();
  });

  const show = (open) => {
    list.hidden = !open;
    find.setAttribute("aria-expanded", String(open));
    if (!open) mark(find, null);
  };
  const choose = (id, name) => {
    if (![...select.options].some((one) => one.value === id)) select.add(new Option(name, id));
    select.value = id;
    find.value = chosenName = name;
    show(false);
    changed();
  };
  // Arrows choose among the options below a field while one goes on typing in it; Enter takes, the first if none is chosen.
  const boxes = new Map();
  const mark = (input, one) => {
    options(boxes.get(input)).forEach((each) => each.setAttribute("aria-selected", String(each === one)));
    if (one) input.setAttribute("aria-activedescendant", one.id); else input.removeAttribute("aria-activedescendant");
    one?.scrollIntoView({ block: "nearest" });
  };
  const marked = (input) => boxes.get(input).querySelector('[aria-selected="true"]');
  const STEPS = {
    ArrowDown: (all, at) => all[(at + 1) % all.length],
    ArrowUp: (all, at) => all.at(at < 0 ? -1 : at - 1),
    Home: (all, at) => at >= 0 && all[0],
    End: (all, at) => at >= 0 && all.at(-1),
  };
  const combobox = (input, box, reveal) => {
    boxes.set(input, box);
    // Enter may come before the answer to what was typed: then the answer is waited for.
    let old = false, wanted = false;
    const take = () => { if (box.offsetParent) (marked(input) || options(box)[0])?.click(); };
    input.addEventListener("input", (event) => { event.stopPropagation(); old = true; wanted = false; });
    input.addEventListener("keydown", (event) => {
      const all = options(box), step = STEPS[event.key];
      if (step) {
        if (event.key.startsWith("Arrow")) { event.preventDefault(); event.stopPropagation(); reveal(); }
        const next = all.length && step(all, all.indexOf(marked(input)));
        if (next) { event.preventDefault(); event.stopPropagation(); mark(input, next); }
      } else if (event.key === "Enter") {
        event.preventDefault();
        event.stopPropagation();
        if (old) wanted = true; else take();
      }
    });
    // What was chosen among other words is chosen no more.
    box.addEventListener("htmx:afterSettle", () => {
      mark(input, null);
      old = false;
      if (wanted) { wanted = false; take(); }
    });
  };
  combobox(find, list, () => show(true));
  find.addEventListener("focus", () => find.select());
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    show(false);
    find.value = chosenName;
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
  const itemFind = document.getElementById("item-find");
  const picker = form.querySelector("[data-items]");
  combobox(itemFind, items, () => {});
  // Escape is the menu's: it closes, and the focus goes back to the button.
  picker.addEventListener("toggle", () => {
    itemFind.setAttribute("aria-expanded", String(picker.open));
    if (picker.open) itemFind.focus();
    else { itemFind.value = ""; mark(itemFind, null); }
  });
  // Whoever tabs on leaves it closed; a mouse that presses on something in it takes the focus away, too, and stays.
  let tabbed = false;
  picker.addEventListener("keydown", (event) => { tabbed = event.key === "Tab"; });
  picker.addEventListener("pointerdown", () => { tabbed = false; });
  picker.addEventListener("focusout", (event) => {
    if (tabbed && event.relatedTarget && !picker.contains(event.relatedTarget)) picker.open = false;
  });
  items.addEventListener("mousedown", (event) => event.preventDefault());
  const takeItem = (data) => {
    const blank = rows().find(isBlank);
    const row = blank || addLine();
    fill(row, {
      item_id: data.id, title: data.name, detail: data.detail || "", unit: data.unit || "",
      // A price in another currency is not this document's price.
      unit_price: data.currency === document.getElementById("currency").value ? data.price : "", taxes: (data.taxIds || "").split(" "),
    });
    picker.open = false;
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
  onTheSpot("item", () => itemFind.value.trim(), takeItem);
  document.addEventListener("htmx:afterSwap", () => {
    if (list.childElementCount && document.activeElement === find) show(true);
  });
})();
